#include "run/states/interruption.h"

#include <csignal>

namespace hlaunch {

std::string_view to_string(SignalNews news) {
    switch (news) {
        case SignalNews::announced:
            return "hlaunch: the scheduler announces the end: what cannot end in time is left for the next start";
        case SignalNews::stopping:
            return "hlaunch: stopping what runs; once more to kill it at once";
        case SignalNews::none:
            break;
    }
    return {};
}

SignalNews heed(int signal_number, Clock::Time now, TaskStates& states, Deadline& deadline,
                Interruption& interruption) {
    if (signal_number == SIGCHLD) return SignalNews::none;
    if (signal_number == SIGUSR1 || signal_number == SIGUSR2) {
        const bool news = !deadline.announced_by();
        deadline.announced(signal_number, now);
        return news ? SignalNews::announced : SignalNews::none;
    }
    if (interruption.by) {
        states.kill_all();
        return SignalNews::none;
    }
    interruption.by = signal_number;
    states.stop_all(StopReason::user);
    return SignalNews::stopping;
}

void conclude(const TaskStates& states, const Deadline& deadline, Interruption& interruption) {
    if (states.stopping() != StopReason::deadline && !states.kept_back_by_deadline()) return;
    if (deadline.announced_by() && !interruption.by)
        interruption.by = deadline.announced_by();
    else
        interruption.out_of_time = true;
}

}  // namespace hlaunch
