// Every option that fills JobOptions, a row each. From a row follow the parser and --help, the keys of settings files,
// --explain (all in cli/options), and the way back to a command line (job/request/arguments.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/text/setting_rule.h"
#include "job/request/option_fields.h"

namespace hlaunch {

// Commands by what they take of the table.
namespace takes {
inline constexpr unsigned run = 1, plan = 2, campaign = 4, queue = 8;  // worker, script and submit as run
inline constexpr unsigned tune = 16, warm = 32, survey = 64;           // compare as tune; check, estimate, merge survey
inline constexpr unsigned machine = 128;                               // topo, config-xla
inline constexpr unsigned application = run | plan | campaign | tune | warm | survey;  // whatever starts homodyne
inline constexpr unsigned all = application | queue | machine;
}  // namespace takes

struct OptionRow {
    struct Help {
        unsigned commands;
        std::string_view text;
    };

    std::string_view flag;
    unsigned commands = 0;
    std::string_view help;
    OptionField field{};           // none: no part of JobOptions, and never handed on
    SettingRule rule{};            // of a value; those of choices and numbers hold on the command line, too
    std::string_view value{};      // what --help calls the value; empty: by its kind
    std::string_view key{};        // in settings files
    std::string_view variable{};   // of the environment
    std::string_view otherwise{};  // the default in words, where `help` tells it or there is none
    std::string_view group = "Analysis";
    bool repeats = false;            // may be given several times
    bool bare = false;               // may be given without its value
    bool opposite = false;           // the flag says no to what key and field say
    bool always = false;             // handed on even where it is the default
    bool any_number = false;         // on the command line: what is too many, the machine tells
    std::vector<Help> other_help{};  // of commands for which it means something else
};

// In the order of --help and of to_arguments().
[[nodiscard]] const std::vector<OptionRow>& option_table();

// What it says is what it says of JobOptions{}.
[[nodiscard]] bool is_default(const OptionRow& row, const JobOptions& options);

}  // namespace hlaunch
