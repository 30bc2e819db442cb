#include "cli/unknown_words.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include <optional>
#include <vector>

#include "base/text/nearest_name.h"

namespace hlaunch {
namespace {

std::vector<std::string> names_of_commands(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(command->get_name());
    return names;
}

std::vector<std::string> long_options(const CLI::App& command) {
    std::vector<std::string> names;
    for (const CLI::Option* option : command.get_options())
        for (const std::string& name : option->get_lnames()) names.push_back(name);
    return names;
}

// The first word that the parser knows by no name; beginning with dashes or not.
std::optional<std::string> unknown(const CLI::App& app, bool dashes) {
    for (const std::string& word : app.remaining(true))
        if (!word.empty() && word.starts_with("--") == dashes && word != "--") return word.substr(0, word.find('='));
    return std::nullopt;
}

}  // namespace

std::string parse_complaint(const CLI::App& app, const CLI::ParseError& error) {
    const CLI::App* command = &app;
    std::string path = "hlaunch", text = error.what();
    while (!command->get_subcommands().empty()) {
        command = command->get_subcommands().front();
        path += " " + command->get_name();
    }
    std::optional<std::string> near;
    const auto commands = names_of_commands(*command);
    if (const auto word = unknown(app, false); word && !commands.empty()) {
        text = fmt::format("there is no '{} {}'", path, *word);
        near = nearest_name(*word, commands);
    } else if (const auto option = unknown(app, true)) {
        near = nearest_name(option->substr(2), long_options(*command));
        if (near) near = "--" + *near;
    }
    if (near) return fmt::format("{}; did you mean {}? see {} --help", text, *near, path);
    return fmt::format("{}; see {} --help", text, path);
}

}  // namespace hlaunch
