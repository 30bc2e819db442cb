// What /proc/PID/task/TID/stat says of a thread. Pure.
#pragma once

#include <optional>
#include <string_view>

namespace hlaunch {

struct ThreadRun {
    unsigned cpu = 0;  // where it ran last
    double cpu_seconds = 0.0;
};

// The text of /proc/PID/task/TID/stat; nothing when it is malformed.
[[nodiscard]] std::optional<ThreadRun> parse_thread_run(std::string_view stat);

// Of the text of /proc/PID/task/TID/stat: 'R' runs or waits for a CPU, 'S' sleeps, ...; nothing when malformed.
[[nodiscard]] std::optional<char> parse_thread_state(std::string_view stat);

}  // namespace hlaunch
