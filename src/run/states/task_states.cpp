#include "run/states/task_states.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/error.h"

namespace hlaunch {
namespace {

constexpr std::array retriable{Outcome::lost, Outcome::out_of_memory, Outcome::killed, Outcome::crashed};

unsigned parse_count(std::string_view digits, std::string_view whole) {
    unsigned count = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size() || count > 1000)
        throw usage_error("--retries '{}': '{}' is no number from 0 to 1000", whole.substr(0, 80),
                          digits.substr(0, 40));
    return count;
}

}  // namespace

std::string_view to_string(TaskState state) {
    constexpr std::array<std::string_view, 7> names{"waiting", "starting", "running", "stopping",
                                                    "done",    "failed",   "lost"};
    return names[static_cast<std::size_t>(state)];
}

Retries::Retries() {
    after_[static_cast<std::size_t>(Outcome::lost)] = 1;
    after_[static_cast<std::size_t>(Outcome::out_of_memory)] = 1;
}

Retries Retries::parse(std::string_view text) {
    Retries out;
    out.after_.fill(0);
    if (text.find('=') == std::string_view::npos) {
        const auto count = parse_count(text, text);
        for (const auto outcome : retriable) out.after_[static_cast<std::size_t>(outcome)] = count;
        return out;
    }
    const auto whole = text;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        const auto item = text.substr(0, comma);
        text.remove_prefix(comma);
        if (!text.empty()) text.remove_prefix(1);
        if (comma < whole.size() && text.empty() && whole.back() == ',')
            throw usage_error("--retries '{}' ends in a comma", whole.substr(0, 80));
        const auto equals = std::min(item.find('='), item.size());
        const auto outcome = parse_outcome(item.substr(0, equals));
        if (!outcome || std::find(retriable.begin(), retriable.end(), *outcome) == retriable.end())
            throw usage_error("--retries '{}': '{}' is not tried again; use lost, out-of-memory, killed or crashed",
                              whole.substr(0, 80), item.substr(0, equals).substr(0, 40));
        out.after_[static_cast<std::size_t>(*outcome)] =
            parse_count(item.substr(std::min(equals + 1, item.size())), whole);
    }
    return out;
}

std::string Retries::text() const {
    std::string out;
    bool alike = true;
    for (const auto outcome : retriable) {
        alike = alike && after(outcome) == after(retriable.front());
        if (after(outcome) > 0)
            out += fmt::format("{}{}={}", out.empty() ? "" : ",", to_string(outcome), after(outcome));
    }
    return alike ? std::to_string(after(retriable.front())) : out;
}

TaskStates::TaskStates(unsigned slots, TaskRules rules) : rules_(rules), slots_(slots) {}

unsigned TaskStates::add(Task task) {
    const unsigned id = next_++;
    live_[id].task = task;
    (task.slot ? slots_.at(*task.slot).waiting : anywhere_).push_back(id);
    return id;
}

void TaskStates::started(unsigned task, Clock::Time now) {
    auto& live = live_.at(task);
    live.started = now;
    if (live.state == TaskState::starting) live.state = TaskState::running;
}

bool TaskStates::ended(unsigned task, Outcome outcome, Clock::Time) {
    auto& live = live_.at(task);
    slots_[live.slot].task.reset();
    if (outcome == Outcome::done) {
        live_.erase(task);
        return true;
    }
    const auto which = static_cast<std::size_t>(outcome);
    const bool again = stopping_ == StopReason::none && live.tried[which] < rules_.retries.after(outcome);
    ++live.tried[which];
    if (!again) {
        live.state = outcome == Outcome::lost ? TaskState::lost : TaskState::failed;
        return true;
    }
    live.state = TaskState::waiting;
    live.reason = StopReason::none;
    live.stop_told = live.kill_told = false;
    live.alone = live.alone || outcome == Outcome::out_of_memory;
    // At the end: what failed once may fail again, and should not keep others waiting.
    (live.task.slot ? slots_[*live.task.slot].waiting : anywhere_).push_back(task);
    return false;
}

bool TaskStates::retire_slot_of(unsigned task) {
    auto& live = live_.at(task);
    auto& slot = slots_[live.slot];
    slot.task.reset();
    slot.retired = true;
    live.state = TaskState::waiting;
    live.reason = StopReason::none;
    live.stop_told = live.kill_told = false;
    --live.attempt;
    anywhere_.insert(anywhere_.begin(), slot.waiting.begin(), slot.waiting.end());
    anywhere_.push_front(task);
    slot.waiting.clear();
    return std::any_of(slots_.begin(), slots_.end(), [](const Slot& one) { return !one.retired; });
}

void TaskStates::ask_to_stop(Live& live, StopReason reason) {
    if (live.state != TaskState::running && live.state != TaskState::starting) return;
    live.state = TaskState::stopping;
    live.reason = reason;
}

void TaskStates::stop_all(StopReason reason) {
    if (stopping_ == StopReason::none) stopping_ = reason;
    for (auto& slot : slots_)
        if (slot.task) ask_to_stop(live_.at(*slot.task), reason);
}

void TaskStates::kill_all() {
    killing_ = true;
}

void TaskStates::stop(unsigned task, StopReason reason) {
    if (const auto found = live_.find(task); found != live_.end()) ask_to_stop(found->second, reason);
}

void TaskStates::hold_all(bool held) {
    for (auto& slot : slots_) slot.held = held;
}

void TaskStates::forget(unsigned task) {
    live_.erase(task);
}

void TaskStates::hold(unsigned slot, bool held) {
    slots_.at(slot).held = held;
}

void TaskStates::set_deadline(Clock::Time deadline) {
    deadline_ = deadline_ ? std::min(*deadline_, deadline) : deadline;
}

bool TaskStates::fits(const Live& live, Clock::Time now) const {
    if (!deadline_) return true;
    if (now + rules_.grace >= *deadline_) return false;
    // What still ran one grace before the deadline would be stopped, and begun again at the next start.
    const auto expected = live.task.expected ? live.task.expected : typical_;
    return !expected || now + *expected + rules_.grace <= *deadline_;
}

bool TaskStates::may_start(const Live& live) const {
    for (const auto& slot : slots_) {
        if (!slot.task) continue;
        if (live.alone || live_.at(*slot.task).alone) return false;
    }
    return true;
}

std::optional<unsigned> TaskStates::next_for(unsigned slot, Clock::Time now) {
    for (auto* queue : {&slots_[slot].waiting, &anywhere_}) {
        for (auto at = queue->begin(); at != queue->end(); ++at) {
            const auto& live = live_.at(*at);
            if (!fits(live, now)) {
                kept_back_ = true;
                continue;
            }
            if (!may_start(live)) break;  // it comes first; the others wait behind it
            const unsigned task = *at;
            queue->erase(at);
            return task;
        }
    }
    return std::nullopt;
}

std::vector<TaskAction> TaskStates::actions(Clock::Time now) {
    std::vector<TaskAction> out;
    if (deadline_ && stopping_ == StopReason::none && now + rules_.grace >= *deadline_) stop_all(StopReason::deadline);
    for (unsigned index = 0; index < slots_.size(); ++index) {
        auto& slot = slots_[index];
        if (slot.task) {
            auto& live = live_.at(*slot.task);
            if (live.state == TaskState::running && rules_.task_limit && now - live.started >= *rules_.task_limit)
                ask_to_stop(live, StopReason::time_limit);
            const auto tell = [&](TaskAction::Kind kind, bool& told) {
                if (std::exchange(told, true)) return;
                out.push_back({kind, *slot.task, index, live.attempt, live.reason});
            };
            if (killing_)
                tell(TaskAction::Kind::kill, live.kill_told);
            else if (live.state == TaskState::stopping)
                tell(TaskAction::Kind::stop, live.stop_told);
            continue;
        }
        if (stopping_ != StopReason::none || slot.held || slot.retired) continue;
        const auto task = next_for(index, now);
        if (!task) continue;
        auto& live = live_.at(*task);
        live.state = TaskState::starting;
        live.slot = index;
        ++live.attempt;
        slot.task = *task;
        out.push_back({TaskAction::Kind::start, *task, index, live.attempt, StopReason::none});
    }
    return out;
}

std::optional<Clock::Time> TaskStates::next_time() const {
    std::optional<Clock::Time> out;
    const auto sooner = [&](Clock::Time time) { out = out ? std::min(*out, time) : time; };
    bool any = false;
    for (const auto& slot : slots_) {
        if (!slot.task) continue;
        any = true;
        const auto& live = live_.at(*slot.task);
        if (rules_.task_limit && live.state == TaskState::running) sooner(live.started + *rules_.task_limit);
    }
    if (deadline_ && any && stopping_ == StopReason::none) sooner(*deadline_ - rules_.grace);
    return out;
}

bool TaskStates::finished() const {
    if (running() > 0) return false;
    return stopping_ != StopReason::none || waiting() == 0 || kept_back_;
}

std::size_t TaskStates::waiting() const {
    auto count = anywhere_.size();
    for (const auto& slot : slots_) count += slot.waiting.size();
    return count;
}

std::size_t TaskStates::running() const {
    return static_cast<std::size_t>(
        std::count_if(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.task.has_value(); }));
}

std::optional<TaskState> TaskStates::state(unsigned task) const {
    const auto found = live_.find(task);
    return found == live_.end() ? std::nullopt : std::optional(found->second.state);
}

StopReason TaskStates::why_stopped(unsigned task) const {
    const auto found = live_.find(task);
    return found == live_.end() ? StopReason::none : found->second.reason;
}

unsigned TaskStates::attempt(unsigned task) const {
    const auto found = live_.find(task);
    return found == live_.end() ? 0 : found->second.attempt;
}

bool TaskStates::goes_anywhere(unsigned task) const {
    const auto found = live_.find(task);
    return found != live_.end() && !found->second.task.slot;
}

std::optional<unsigned> TaskStates::slot(unsigned task) const {
    for (unsigned number = 0; number < slots_.size(); ++number)
        if (slots_[number].task == task) return number;
    return std::nullopt;
}

std::optional<unsigned> TaskStates::newest_running() const {
    std::optional<unsigned> out;
    for (const auto& slot : slots_) {
        if (!slot.task || live_.at(*slot.task).state != TaskState::running) continue;
        if (!out || live_.at(*slot.task).started > live_.at(*out).started) out = *slot.task;
    }
    return out;
}

}  // namespace hlaunch
