// The words of a line, as a POSIX shell would hand them to a command: the inverse of shell_join.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hlaunch {

// Words apart by blanks, quoted as in sh ('', "", backslash) without any expansion: what is quoted is a word's own
// text, "$HOME" too. Throws usage Error, naming column and remedy, where outside of quotes a shell would do more:
// pipes, redirections, variables, patterns, comments, assignments, its own commands. Nothing of that may pass as a
// word.
[[nodiscard]] std::vector<std::string> split_shell_words(std::string_view line);

}  // namespace hlaunch
