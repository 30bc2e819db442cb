// What /proc says of processes. Entries that vanish while they are read are simply left out.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hlaunch {

struct ProcessInfo {
    pid_t pid = 0;
    pid_t ppid = 0;
    pid_t session = 0;
    char state = '?';  // R, S, D, T, Z, X
    std::string comm;  // up to 15 bytes, any bytes
    unsigned threads = 0;
    double cpu_seconds = 0.0;          // user and system, of all its threads
    double reaped_cpu_seconds = 0.0;   // of its children that ended and were waited for
    std::uint64_t resident_bytes = 0;  // pages of its own: resident less file-backed and shared
    std::uint64_t start_ticks = 0;     // since boot; with the pid the identity of a process
    [[nodiscard]] bool dead() const { return state == 'Z' || state == 'X'; }
};

// stat: the text of /proc/PID/stat; statm: of /proc/PID/statm or "". Nothing when stat is
// malformed.
[[nodiscard]] std::optional<ProcessInfo> parse_process(std::string_view stat, std::string_view statm);
[[nodiscard]] std::optional<ProcessInfo> read_process(pid_t pid);
// Whether there is such a process, also one whose /proc we may not see.
[[nodiscard]] bool process_exists(int pid);
[[nodiscard]] std::vector<ProcessInfo> all_processes();  // in the order of /proc
// Whose it is: the real user; nothing where it has ended or /proc hides it.
[[nodiscard]] std::optional<uid_t> user_of(pid_t pid);
// Whether "NAME=value" is in the environment it was started with; false where that may not be read.
[[nodiscard]] bool has_variable(pid_t pid, const std::string& variable);
// "python -m PROGRAM ...", at most max_bytes, control characters as '?'; "" for a zombie.
[[nodiscard]] std::string command_line(pid_t pid, std::size_t max_bytes = 160);

}  // namespace hlaunch
