// The process that holds the trees of one slot, one after the other: child subreaper, so that whatever a tree starts
// stays below it however it detaches itself. It ends with its socket, and its tree with it.
#pragma once

#include <span>

namespace hlaunch {

// `hlaunch reaper FD`, FD a connected Unix stream socket to a launcher; args: what follows "reaper". Serves until
// the other end is closed or INT, TERM, HUP or QUIT comes: then the running tree gets INT, TERM, KILL by its grace.
// Returns the exit code: 0; 2 with a line on stderr when there is no such socket (started by hand).
[[nodiscard]] int reaper_main(std::span<char*> args) noexcept;

}  // namespace hlaunch
