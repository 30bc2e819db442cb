#include "cli/unknown_words.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "base/text/nearest_name.h"
#include "script/site.h"

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

// The option that was meant, or the setting of a site, which scripts take behind --set: schedulers have an option for
// it.
std::optional<std::string> nearest_option(std::string_view wanted, const CLI::App& command) {
    auto names = long_options(command);
    const auto options = names.size();
    if (command.get_option_no_throw("--set") != nullptr)
        for (const SiteKey& key : site_keys()) names.push_back(key.name);
    const auto near = nearest_name(wanted, names);
    if (!near) return std::nullopt;
    const bool is_option =
        std::find(names.begin(), names.end(), *near) < names.begin() + static_cast<std::ptrdiff_t>(options);
    return is_option ? "--" + *near : fmt::format("--set {}=...", *near);
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
        near = nearest_option(option->substr(2), *command);
    }
    if (near) return fmt::format("{}; did you mean {}? see {} --help", text, *near, path);
    return fmt::format("{}; see {} --help", text, path);
}

}  // namespace hlaunch
