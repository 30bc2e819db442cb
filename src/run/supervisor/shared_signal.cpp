#include "run/supervisor/shared_signal.h"

#include <algorithm>
#include <csignal>

namespace hlaunch {
namespace {

constexpr auto longest = std::chrono::milliseconds(500);
constexpr auto between = std::chrono::seconds(10);

bool is_of_a_job(const ExitStatus& status) {
    const int code = status.shell_code() - 128;
    return code == SIGTERM || code == SIGINT || code == SIGHUP;
}

}  // namespace

std::optional<Clock::Duration> SharedSignal::patience(std::span<const TreeEvent> events, Clock::Time now) {
    if (waited_ && now - *waited_ < between) return std::nullopt;
    const bool any = std::any_of(events.begin(), events.end(), [](const TreeEvent& event) {
        return event.kind == TreeEvent::Kind::ended && is_of_a_job(event.status);
    });
    if (!any) return std::nullopt;
    waited_ = now;
    return longest;
}

void SharedSignal::settle(std::span<const TreeEvent> told, EventSource& events, const Clock& clock,
                          const std::function<void(const std::vector<int>&)>& on_signals) {
    const auto longest_wait = patience(told, clock.now());
    if (!longest_wait) return;
    const auto until = clock.now() + *longest_wait;
    for (auto now = clock.now(); now < until; now = clock.now()) {
        const auto happened = events.wait({}, until - now);
        on_signals(happened.signals);
        const auto& signals = happened.signals;
        if (std::any_of(signals.begin(), signals.end(), [](int number) { return number != SIGCHLD; })) return;
    }
}

}  // namespace hlaunch
