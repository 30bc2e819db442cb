// The command line as a whole: all subcommands, and what their parser is given.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace hlaunch {

// What --help says of the whole, and all subcommands in its groups.
void add_commands(CLI::App& app, int& exit_code);

// What the parser is given: "run" put in front where the command line begins with an option of the main
// job, and in the reverse order that CLI11 wants.
[[nodiscard]] std::vector<std::string> parser_arguments(std::span<char*> argv);

}  // namespace hlaunch
