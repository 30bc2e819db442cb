// What to say where the parser knows a command or an option by no such name.
#pragma once

#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace hlaunch {

// One line: what the parser refused, the nearest known command or option where one is near, and whose --help to read.
[[nodiscard]] std::string parse_complaint(const CLI::App& app, const CLI::ParseError& error);

}  // namespace hlaunch
