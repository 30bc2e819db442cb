// What signals and a deadline do to a set of tasks: the same for the instances of a stage and for a queue. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "run/states/deadline.h"
#include "run/states/task_states.h"

namespace hlaunch {

// Why not everything was done.
struct Interruption {
    std::optional<int> by;     // a signal; also one that announced a deadline which then kept something back
    bool out_of_time = false;  // our own time limit did
};

enum class SignalNews { none, announced, stopping };
[[nodiscard]] std::string_view to_string(SignalNews news);  // a line for the user; none: ""

// SIGUSR1 and SIGUSR2 announce the end of an allocation, any other signal asks for a stop, and one more for SIGKILL.
// Tells what is new to people.
SignalNews heed(int signal_number, Clock::Time now, TaskStates& states, Deadline& deadline, Interruption& interruption);

// At the end: whether the deadline kept something back.
void conclude(const TaskStates& states, const Deadline& deadline, Interruption& interruption);

}  // namespace hlaunch
