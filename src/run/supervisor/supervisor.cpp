#include "run/supervisor/supervisor.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "base/error.h"
#include "base/text/quantity.h"

namespace hlaunch {
namespace {

constexpr auto tick = std::chrono::milliseconds(1000);
using Moment = TaskSource::Moment;

}  // namespace

Supervisor::Supervisor(const RunTools& tools, const RunRules& rules, std::vector<IdSet> nodes, TaskSource& source)
    : tools_(tools),
      rules_(rules),
      source_(source),
      states_(static_cast<unsigned>(nodes.size()),
              {.retries = rules.retries, .task_limit = rules.instance_limit, .grace = rules.grace.whole()}),
      running_(nodes.size()),
      disk_(tools.world, rules.disk_path),
      memory_(std::move(nodes), [&world = tools.world](const IdSet& of) { return world.memory_left(of); }),
      memory_kills_(tools.world) {}

Supervisor::Result Supervisor::run() {
    const auto events = tools_.world.listen();
    try {
        refill();
        look();
        act();
        source_.show(Moment::second);
        next_look_ = tools_.clock.now() + tick;
        while (!states_.finished()) round(*events);
        if (tools_.journal && source_.hurried()) tools_.journal->sync();
    } catch (...) {
        stop_what_runs(*events);
        throw;
    }
    // A signal that came while the last one ended must not be lost: the next stage would start.
    on_signals(events->wait({}, Clock::Duration::zero()).signals);
    conclude(states_, tools_.deadline, result_.interruption);
    result_.disk_full = states_.stopping() == StopReason::disk;
    source_.show(Moment::last);
    return result_;
}

void Supervisor::round(EventSource& events) {
    auto until = next_look_;
    if (const auto next = states_.next_time()) until = std::min(until, *next);
    const auto timeout = std::max(until - tools_.clock.now(), Clock::Duration::zero());
    on_signals(events.wait(tools_.launcher.descriptors(), timeout).signals);
    if (tools_.journal) tools_.journal->heartbeat();
    told_ = tools_.launcher.events();
    shared_signal_.settle(told_, events, tools_.clock, [&](const auto& signals) { on_signals(signals); });
    changed_ = false;
    for (const auto& event : told_) on_tree_event(event);
    told_.clear();
    refill();
    const bool due = tools_.clock.now() >= next_look_;
    if (due) look();
    act();
    if (due) next_look_ = tools_.clock.now() + tick;
    if (due || changed_) source_.show(due ? Moment::second : Moment::change);
}

void Supervisor::refill() {
    if (states_.stopping() != StopReason::none) return;
    const bool idle = states_.finished() && !states_.kept_back_by_deadline();
    if (idle) write();  // it may wait for long
    source_.refill(states_, idle);
}

// What to do, until nothing is left to be done now.
void Supervisor::act() {
    if (const auto at = tools_.deadline.at()) {
        states_.set_deadline(*at);
        states_.set_typical(source_.typical());
    }
    const auto actions = states_.actions(tools_.clock.now());
    changed_ = changed_ || !actions.empty();
    std::vector<std::uint64_t> receipts;
    for (const auto& action : actions) {
        if (action.kind != TaskAction::Kind::start) continue;
        receipts.push_back(tools_.journal ? tools_.journal->next_receipt() : 0);
        if (tools_.journal) entries_.emplace_back(source_.start_event(action.task, action.attempt, receipts.back()));
    }
    write();  // the intent is there before anything is started
    auto receipt = receipts.begin();
    for (const auto& action : actions) {
        if (action.kind == TaskAction::Kind::start)
            start(action, *receipt++);
        else if (action.kind == TaskAction::Kind::stop)
            tools_.launcher.stop(action.slot);
        else
            tools_.launcher.kill(action.slot);
    }
}

void Supervisor::write() {
    if (entries_.empty()) return;
    auto entries = std::exchange(entries_, {});
    if (source_.hurried())
        tools_.journal->append_soon(std::move(entries));
    else
        tools_.journal->append_all(std::move(entries));
}

void Supervisor::start(const TaskAction& action, std::uint64_t receipt) {
    auto tree = source_.place(action.task, action.slot);
    tree.grace = rules_.grace;
    tree.receipt = receipt;
    tools_.launcher.start(action.slot, tree);
    running_[action.slot].emplace(Running{.task = action.task,
                                          .receipt = receipt,
                                          .launched = tools_.clock.now(),
                                          .memory_kills_before = memory_kills_.known(),
                                          .stuck = StuckWatch(rules_.stuck_after),
                                          .out = std::move(tree.child.stdout_path),
                                          .err = std::move(tree.child.stderr_path),
                                          .root = -1,
                                          .watch = nullptr});
}

void Supervisor::on_signals(std::vector<int> signals) {
    // A second file kills, as a second signal does.
    if (tools_.world.take_stop_file(rules_.stop_file)) signals.push_back(SIGTERM);
    for (const int number : signals)
        note(std::string(to_string(heed(number, tools_.clock.now(), states_, tools_.deadline, result_.interruption))));
}

void Supervisor::on_tree_event(const TreeEvent& event) {
    if (event.slot >= running_.size() || !running_[event.slot]) return;
    changed_ = true;
    auto& running = *running_[event.slot];
    const auto now = tools_.clock.now();
    if (event.kind == TreeEvent::Kind::started) {
        states_.started(running.task, now);
        running.root = event.pid;
        running.watch = source_.watch(running.task, event, now);
        return;
    }
    finish(*std::exchange(running_[event.slot], std::nullopt), event);
}

void Supervisor::finish(Running running, const TreeEvent& event) {
    const auto task = running.task;
    const auto now = tools_.clock.now();
    TaskEnd end;
    end.task = task;
    end.slot = event.slot;
    end.attempts = states_.attempt(task);
    end.receipt = running.receipt;
    end.lost = event.kind == TreeEvent::Kind::lost;
    end.status = end.lost ? ExitStatus{.signalled = true, .code = SIGKILL} : event.status;
    if (event.kind == TreeEvent::Kind::start_failed) end.start_failure = event.why;
    end.seconds = std::chrono::duration<double>(now - running.launched).count();
    end.cpu_seconds = event.cpu_seconds;
    end.peak_resident_bytes = event.peak_resident_bytes;
    end.shared_memory_removed = event.shared_memory_removed;
    if (running.watch) running.watch->complete(end, now);
    // It was not run and has not failed; the next ones would fare no better, here or in this slot.
    end.moved = event.kind == TreeEvent::Kind::start_failed && event.blame != StartBlame::command &&
                states_.goes_anywhere(task);
    if (end.moved) {
        end.outcome = event.blame == StartBlame::place ? Outcome::binding_refused : Outcome::start_failed;
        end.again = true;
    } else {
        end.outcome = judge(running, event, end);
        end.again = !states_.ended(task, end.outcome, now);
    }
    result_.survivors += event.survivors;
    if (tools_.journal) entries_.emplace_back(source_.end_event(end));
    const bool over = !end.again, moved = end.moved;
    source_.ended(std::move(end));
    if (over) states_.forget(task);
    if (moved) leave_slot(task, event);
}

Outcome Supervisor::judge(const Running& running, const TreeEvent& event, const TaskEnd& end) {
    EndFacts facts;
    facts.status = end.status;
    facts.stopped = states_.why_stopped(end.task);
    facts.lost = end.lost;
    facts.start_failed = event.kind == TreeEvent::Kind::start_failed;
    facts.why = event.why;
    facts.peak_resident_bytes = end.peak_resident_bytes;
    facts.memory_bytes = source_.memory_bytes(end.task, end.slot);
    if (!end.status.ok()) {
        facts.oom_kills = memory_kills_.take(
            [&](pid_t pid) { return pid == event.pid || (running.watch && running.watch->had(pid)); });
        if (!rules_.disk_path.empty()) try {
                facts.free_disk_bytes = tools_.world.free_space(rules_.disk_path).bytes;
            } catch (const Error&) {
                facts.free_disk_bytes = 0;
            }
    }
    const auto outcome = source_.judge(end.task, classify(facts), end.status);
    // A worker was killed, and its root went on for a while: by the kernel, as its log or our group's count may tell.
    if (outcome == Outcome::lost && facts.stopped == StopReason::none && !facts.lost &&
        (facts.oom_kills > 0 || tools_.world.counted_memory_kills() > running.memory_kills_before))
        return Outcome::out_of_memory;
    return outcome;
}

void Supervisor::leave_slot(unsigned task, const TreeEvent& event) {
    write();
    if (event.blame == StartBlame::machine)
        throw infrastructure_error("{}; nothing more is started, the same command again does the rest", event.why);
    const auto words = source_.words();
    if (!states_.retire_slot_of(task))
        throw infrastructure_error("{}; no {} is left, the same command again does the rest", event.why, words.slot);
    note(fmt::format("hlaunch: warning: {} {} {}: {}", words.slot, event.slot, words.left, event.why));
}

void Supervisor::look() {
    if (tools_.journal && source_.hurried()) tools_.journal->sync();
    note(disk_.look(tools_.clock.now(), states_));
    for (auto& running : running_)
        if (running && running->watch) look_for_stuck(*running);
    for (const auto& news : memory_.look(states_, disk_.held(), [&](unsigned task) { return source_.label(task); }))
        note(news);
    memory_kills_.forget_old();
}

void Supervisor::look_for_stuck(Running& running) {
    auto& world = tools_.world;
    const auto now = tools_.clock.now();
    const auto cpu_seconds = running.watch->look(world, now);
    if (!cpu_seconds ||
        !running.stuck.look(now, *cpu_seconds, world.file_bytes(running.out) + world.file_bytes(running.err)))
        return;
    const auto period = format_duration(std::chrono::duration<double>(rules_.stuck_after).count());
    note(fmt::format("hlaunch: warning: {} (process {}) has hardly computed or written for {}{}",
                     source_.label(running.task), running.root, period,
                     running.err.empty() ? "" : "; look at " + running.err.native()));
}

void Supervisor::note(const std::string& line) {
    if (!line.empty()) tools_.display.note(line);
}

// Nothing we started may outlive us, whatever went wrong (a full disk under the journal). A signal kills it at once.
void Supervisor::stop_what_runs(EventSource& events) noexcept {
    const auto forget = [&](const std::vector<TreeEvent>& told) {
        for (const auto& event : told)
            if (event.kind != TreeEvent::Kind::started && event.slot < running_.size()) running_[event.slot].reset();
    };
    const auto any = [&] { return std::ranges::any_of(running_, [](const auto& one) { return one.has_value(); }); };
    const auto each = [&](auto order) {
        for (unsigned slot = 0; slot < running_.size(); ++slot)
            if (running_[slot]) order(slot);
    };
    try {
        forget(std::exchange(told_, {}));
        each([&](unsigned slot) { tools_.launcher.stop(slot); });
        while (any()) {
            const auto signals = events.wait(tools_.launcher.descriptors(), tick).signals;
            if (std::ranges::any_of(signals, [](int number) { return number != SIGCHLD; }))
                each([&](unsigned slot) { tools_.launcher.kill(slot); });
            forget(tools_.launcher.events());
        }
    } catch (const std::exception&) {
        return;  // the launcher's own end ends them
    }
}

}  // namespace hlaunch
