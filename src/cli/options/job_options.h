// The options of the table (job/request/option_table.h) on the command line of a command, with settings files and
// variables behind them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options/settings.h"
#include "job/request/option_table.h"
#include "plan/placement.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace hlaunch {

class JobCommandOptions {
  public:
    // Those of the table that such a command takes (see `takes`). This object must outlive the app's parsing.
    void add_to(CLI::App& app, unsigned command);

    // Command line, else HLAUNCH_* (both by CLI11), else the settings files. Throws usage Error.
    [[nodiscard]] JobOptions resolve() const;
    [[nodiscard]] JobOptions resolve(const Settings& settings) const;
    // This machine, or the one --topology names (foreign). Throws Error.
    [[nodiscard]] Machine machine() const;
    // What the command line, or a variable, has for an option.
    [[nodiscard]] std::optional<std::string> given(std::string_view flag) const;

    // Each option that a file or variable can give: its value in force, and where that came from.
    struct Explained {
        std::string option, value, source;
    };
    [[nodiscard]] std::vector<Explained> explain(const Settings& settings) const;

    std::string config, output;  // of commands that take these in a way of their own

  private:
    [[nodiscard]] const CLI::Option* given_option(const OptionRow& row) const;
    [[nodiscard]] std::optional<OptionWords> said(const OptionRow& row, const Settings& settings) const;
    void check_times(const JobOptions& options, const Settings& settings) const;

    const CLI::App* app_ = nullptr;
    unsigned command_ = 0;
};

}  // namespace hlaunch
