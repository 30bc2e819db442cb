// Checks of option values that CLI11 lets pass.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>

namespace hlaunch {

// As CLI::Range, but NaN is in no range.
inline CLI::Validator number_in(double least, double most) {
    return CLI::Validator(
        [least, most](const std::string& text) {
            double value = 0.0;
            if (CLI::detail::lexical_cast(text, value) && value >= least && value <= most) return std::string();
            return fmt::format("'{}' is no number from {} to {}", text, least, most);
        },
        fmt::format("{} to {}", least, most), "NUMBER");
}

// An empty value is a variable that nobody has set, not a wish for the default.
inline void refuse_empty_values(CLI::App& app) {
    for (auto* option : app.get_options())
        if (const auto name = option->get_name();
            option->get_items_expected_max() > 0 && name != "CMD" && name != "--topology")  // which has its own words
            option->check([](const std::string& text) {
                return text.empty() ? std::string("it is empty; is a variable of your script unset?") : std::string();
            });
    for (auto* command : app.get_subcommands({})) refuse_empty_values(*command);
}

}  // namespace hlaunch
