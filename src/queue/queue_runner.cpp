#include "queue/queue_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "base/error.h"
#include "base/text/quantity.h"
#include "os/files/file.h"
#include "os/process/descendants.h"
#include "run/stage/stop_file.h"

namespace hlaunch {
namespace {

constexpr auto tick = std::chrono::milliseconds(1000);
constexpr std::size_t failures_kept = 20;
constexpr auto stuck_look_interval = std::chrono::seconds(10), old_enough = std::chrono::seconds(30);

// Of a process and all below it, those that ended too.
double cpu_seconds_below(pid_t root) {
    double out = 0.0;
    auto all = descendants({.ancestor = root, .spared = {}, .since_ticks = 0});
    if (auto own = read_process(root)) all.push_back(std::move(*own));
    for (const auto& process : all) out += process.cpu_seconds + process.reaped_cpu_seconds;
    return out;
}

}  // namespace

void QueueRunner::fill(const Source& source) {
    while (!exhausted_ && states_->waiting() < window_) {
        auto item = source(states_->finished());
        if (!item) {
            exhausted_ = true;
            return;
        }
        const auto task = states_->add({});
        items_[task].item = std::move(*item);
    }
}

// With nothing at work here the source is asked once more.
bool QueueRunner::find_more(const Source& source) {
    if (states_->stopping() != StopReason::none) return false;
    exhausted_ = false;
    fill(source);
    return !states_->finished();
}

void QueueRunner::act(const std::vector<Binding>& slots) {
    if (const auto at = deadline_.at()) {
        states_->set_deadline(*at);
        states_->set_typical(typical_duration());
    }
    const auto actions = states_->actions(clock_.now());
    for (const auto& action : actions) {
        if (!journal_ || action.kind != TaskAction::Kind::start) continue;
        auto& waiting = items_.at(action.task);
        waiting.receipt = journal_->next_receipt();
        events_.push_back({{"event", "start"},
                           {"task", waiting.item.number},
                           {"key", fmt::format("{:016x}", waiting.item.key)},
                           {"receipt", waiting.receipt}});
    }
    write_events();  // the intent is on disk before anything is started
    for (const auto& action : actions) {
        if (action.kind == TaskAction::Kind::stop) launcher_.stop(action.slot);
        if (action.kind == TaskAction::Kind::kill) launcher_.kill(action.slot);
        if (action.kind != TaskAction::Kind::start) continue;
        auto& waiting = items_.at(action.task);
        waiting.started = clock_.now();
        waiting.pid = -1;
        waiting.stuck.reset();
        running_[action.slot] = action.task;
        TreeSpec tree{.child = waiting.item.spec,
                      .grace = rules_.grace,
                      .marker = {},
                      .receipt = waiting.receipt,
                      .shm_prefix = {},
                      .temporary_folder = {}};
        tree.child.binding = slots[action.slot];
        spare_logs_[action.slot].out.give(tree.child.stdout_path);
        spare_logs_[action.slot].err.give(tree.child.stderr_path);
        launcher_.start(action.slot, tree);
    }
}

void QueueRunner::write_events() {
    if (journal_ && !events_.empty()) journal_->append_soon(std::move(events_));
    events_.clear();
}

void QueueRunner::on_tree_event(const TreeEvent& event) {
    if (event.slot >= running_.size() || !running_[event.slot]) return;
    const auto task = *running_[event.slot];
    const auto now = clock_.now();
    auto& waiting = items_.at(task);
    if (event.kind == TreeEvent::Kind::started) {
        waiting.pid = event.pid;
        return states_->started(task, now);
    }
    EndFacts facts;
    facts.status = event.status;
    facts.stopped = states_->why_stopped(task);
    facts.lost = event.kind == TreeEvent::Kind::lost;
    facts.start_failed = event.kind == TreeEvent::Kind::start_failed;
    facts.why = event.why;
    if (facts.status.killed()) facts.oom_kills = memory_kills_.take([&](pid_t pid) { return pid == event.pid; });
    // It was not run and has not failed; the next ones would fare no better, here or in this slot.
    if (facts.start_failed && event.blame != StartBlame::command) return leave_slot(task, event);
    const auto outcome = classify(facts);
    const auto text = facts.start_failed ? event.why : facts.lost ? "lost" : event.status.text();
    running_[event.slot].reset();
    cpu_seconds_ += event.cpu_seconds;
    const double seconds = std::chrono::duration<double>(now - waiting.started).count();
    const bool over = states_->ended(task, outcome, now);
    events_.push_back({{"event", "end"},
                       {"task", waiting.item.number},
                       {"key", fmt::format("{:016x}", waiting.item.key)},
                       {"receipt", waiting.receipt},
                       {"outcome", std::string(to_string(outcome))},
                       {"status", text},
                       {"seconds", seconds},
                       {"cpu_seconds", event.cpu_seconds}});
    if (outcome == Outcome::done) remember_duration(seconds);
    if (!over) return;
    if (tell_end_) tell_end_(waiting.item, outcome, seconds);
    if (outcome == Outcome::done || facts.start_failed) {
        spare_logs_[event.slot].out.keep(waiting.item.spec.stdout_path);
        spare_logs_[event.slot].err.keep(waiting.item.spec.stderr_path);
    }
    if (outcome == Outcome::done) {
        ++result_.done;
    } else if (outcome != Outcome::stopped) {
        ++result_.failed;
        if (result_.failures.size() < failures_kept) result_.failures.push_back({waiting.item.number, outcome, text});
    }
    items_.erase(task);
    states_->forget(task);
}

// What most of the last ones took is what a task takes: one long one among them keeps nothing back.
void QueueRunner::remember_duration(double seconds) {
    constexpr std::size_t most = 16;
    if (recent_seconds_.size() < most)
        recent_seconds_.push_back(seconds);
    else
        recent_seconds_[ended_ % most] = seconds;
    ++ended_;
}

std::optional<Clock::Duration> QueueRunner::typical_duration() const {
    if (recent_seconds_.empty()) return std::nullopt;
    auto sorted = recent_seconds_;
    std::sort(sorted.begin(), sorted.end());
    return duration_of(sorted[sorted.size() * 3 / 4]);
}

void QueueRunner::leave_slot(unsigned task, const TreeEvent& event) {
    const auto& waiting = items_.at(task);
    running_[event.slot].reset();
    events_.push_back({{"event", "end"},
                       {"task", waiting.item.number},
                       {"key", fmt::format("{:016x}", waiting.item.key)},
                       {"receipt", waiting.receipt},
                       {"outcome", std::string(to_string(event.blame == StartBlame::place ? Outcome::binding_refused
                                                                                          : Outcome::start_failed))},
                       {"status", event.why},
                       {"again", true}});
    write_events();
    spare_logs_[event.slot].out.keep(waiting.item.spec.stdout_path);
    spare_logs_[event.slot].err.keep(waiting.item.spec.stderr_path);
    if (event.blame == StartBlame::machine)
        throw infrastructure_error("{}; nothing more is started, the same command again does the rest", event.why);
    if (!states_->retire_slot_of(task))
        throw infrastructure_error("{}; no slot is left, the same command again does the rest", event.why);
    display_.note(fmt::format("hlaunch: warning: slot {} takes no more tasks, the others do its work: {}", event.slot,
                              event.why));
}

void QueueRunner::on_signals(const std::vector<int>& signals) {
    for (const int number : signals) {
        const auto news = heed(number, clock_.now(), *states_, deadline_, result_.interruption);
        if (news != SignalNews::none) display_.note(std::string(to_string(news)));
    }
}

// Rarely, and only at what has run for a while: most tasks are over by then.
void QueueRunner::look_for_stuck() {
    const auto now = clock_.now();
    if (now < next_stuck_look_) return;
    next_stuck_look_ = now + stuck_look_interval;
    for (const auto& task : running_) {
        if (!task) continue;
        auto& waiting = items_.at(*task);
        if (waiting.pid < 0 || now - waiting.started < old_enough) continue;
        if (!waiting.stuck) waiting.stuck.emplace(rules_.stuck_after);
        const auto& spec = waiting.item.spec;
        if (waiting.stuck->look(now, cpu_seconds_below(waiting.pid),
                                file_bytes(spec.stdout_path) + file_bytes(spec.stderr_path)))
            display_.note(fmt::format("hlaunch: warning: {} (process {}) has neither computed nor written for {}",
                                      label(*task), waiting.pid,
                                      format_duration(std::chrono::duration<double>(rules_.stuck_after).count())));
    }
}

void QueueRunner::look(std::uint64_t total) {
    if (journal_) journal_->sync();
    if (take_stop_file(rules_.stop_file)) on_signals({SIGTERM});
    if (const auto news = disk_.look(clock_.now(), *states_); !news.empty()) display_.note(news);
    for (const auto& news : memory_.look(*states_, disk_.held(), [&](unsigned task) { return label(task); }))
        display_.note(news);
    memory_kills_.forget_old();
    look_for_stuck();
    InstanceProgress all;
    all.label = "queue";
    all.cpus = fmt::format("{} slots", running_.size());
    all.units_done = static_cast<unsigned>(result_.done + result_.failed);
    all.units_total = static_cast<unsigned>(total);
    all.unit = result_.failed > 0 ? fmt::format("tasks, {} failed", result_.failed) : "tasks";
    all.elapsed_s = std::chrono::duration<double>(clock_.now() - began_).count();
    all.processes = static_cast<unsigned>(states_->running());
    if (const auto since = std::chrono::duration<double>(clock_.now() - looked_).count(); since > 0.5)
        all.cpu_percent = 100.0 * (cpu_seconds_ - std::exchange(cpu_seconds_looked_, cpu_seconds_)) / since;
    looked_ = clock_.now();
    all.state = states_->stopping() == StopReason::none ? "running" : "stopping";
    display_.update({all});
    if (feed_) feed_->show("queue", {all});
}

QueueResult QueueRunner::run(const std::vector<Binding>& slots, std::uint64_t total, const Source& source) {
    states_.emplace(
        static_cast<unsigned>(slots.size()),
        TaskRules{.retries = rules_.retries, .task_limit = rules_.instance_limit, .grace = rules_.grace.whole()});
    running_.assign(slots.size(), {});
    spare_logs_ = std::vector<SpareLogs>(slots.size());
    std::vector<IdSet> nodes;
    for (const auto& slot : slots) nodes.push_back(slot.mems);
    memory_ = MemoryWatch(std::move(nodes));
    window_ = 2 * slots.size();
    began_ = clock_.now();
    const ChildEvents events;
    auto next_show = began_ + tick;
    fill(source);
    look(total);
    for (;;) {
        act(slots);
        if (states_->finished()) {
            if (!find_more(source)) break;
            continue;
        }
        auto until = next_show;
        if (const auto next = states_->next_time()) until = std::min(until, *next);
        const auto happened =
            events.wait(launcher_.descriptors(), std::max(until - clock_.now(), Clock::Duration::zero()));
        on_signals(happened.signals);
        if (journal_) journal_->heartbeat();
        const auto told = launcher_.events();
        shared_signal_.settle(told, events, clock_, [&](const auto& signals) { on_signals(signals); });
        for (const auto& event : told) on_tree_event(event);
        fill(source);
        if (clock_.now() < next_show) continue;
        look(total);
        next_show = clock_.now() + tick;
    }
    write_events();
    if (journal_) journal_->sync();
    spare_logs_.clear();
    conclude(*states_, deadline_, result_.interruption);
    result_.disk_full = states_->stopping() == StopReason::disk;
    display_.finish();
    // In the file's order: which of two that ran at once ended first is chance.
    std::sort(result_.failures.begin(), result_.failures.end(),
              [](const auto& a, const auto& b) { return a.number < b.number; });
    return std::move(result_);
}

}  // namespace hlaunch
