#include "run/stage/stage_runner.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "base/error.h"
#include "base/text/quantity.h"
#include "os/files/file.h"
#include "os/host/host.h"
#include "run/stage/stop_file.h"

namespace hlaunch {
namespace {

constexpr auto tick = std::chrono::milliseconds(1000);

}  // namespace

struct StageRunner::Running {
    unsigned task = 0;
    std::uint64_t receipt = 0;
    std::optional<WatchedInstance> watch;  // from the moment it runs
    pid_t reaper = -1;
    StuckWatch stuck;
    std::uint64_t memory_kills_before = 0;  // in our memory group
};

StageRunner::StageRunner(Clock& clock, Launcher& launcher, JournalFile* journal, ProgressDisplay& display,
                         Deadline& deadline, RunRules rules, RunFeed* feed)
    : clock_(clock),
      launcher_(launcher),
      journal_(journal),
      display_(display),
      deadline_(deadline),
      rules_(std::move(rules)),
      feed_(feed),
      disk_(rules_.disk_path) {}

StageRunner::~StageRunner() = default;

bool StageResult::all_ok() const {
    return !interruption.by && !interruption.out_of_time && !disk_full && survivors == 0 &&
           std::all_of(instances.begin(), instances.end(),
                       [](const InstanceResult& i) { return i.outcome == Outcome::done; });
}

// What to do, until nothing is left to be done now.
void StageRunner::act() {
    if (const auto at = deadline_.at()) states_->set_deadline(*at);
    for (const auto& action : states_->actions(clock_.now())) {
        changed_ = true;
        switch (action.kind) {
            case TaskAction::Kind::start:
                start(action);
                break;
            case TaskAction::Kind::stop:
                launcher_.stop(action.slot);
                break;
            case TaskAction::Kind::kill:
                launcher_.kill(action.slot);
                break;
        }
    }
}

void StageRunner::start(const TaskAction& action) {
    auto& instance = instances_[action.task];
    if (instance.anywhere) {
        if (instance.place) instance.place(instance, action.slot);
        instance.placement = action.slot;
        instance.spec.binding = slots_.at(action.slot);
    }
    const auto receipt = journal_ ? journal_->next_receipt() : 0;
    if (journal_)
        journal_->append({{"event", "start"},
                          {"stage", stage_},
                          {"part", instance.part},
                          {"attempt", action.attempt},
                          {"receipt", receipt}});
    running_[action.slot] = std::make_unique<Running>(Running{.task = action.task,
                                                              .receipt = receipt,
                                                              .watch = {},
                                                              .reaper = -1,
                                                              .stuck = StuckWatch(rules_.stuck_after),
                                                              .memory_kills_before = MemoryKills::in_group()});
    launcher_.start(action.slot, {.child = instance.spec,
                                  .grace = rules_.grace,
                                  .marker = instance.marker,
                                  .receipt = receipt,
                                  .shm_prefix = instance.shm_prefix,
                                  .temporary_folder = instance.temporary_folder});
}

void StageRunner::on_signals(std::vector<int> signals) {
    // A second file kills, as a second signal does.
    if (take_stop_file(rules_.stop_file)) signals.push_back(SIGTERM);
    for (const int number : signals) {
        const auto news = heed(number, clock_.now(), *states_, deadline_, result_.interruption);
        if (news != SignalNews::none) display_.note(std::string(to_string(news)));
    }
}

void StageRunner::on_tree_event(const TreeEvent& event) {
    const auto found = running_.find(event.slot);
    if (found == running_.end()) return;
    changed_ = true;
    auto& running = *found->second;
    if (event.kind == TreeEvent::Kind::started) {
        states_->started(running.task, clock_.now());
        running.reaper = event.reaper;
        running.watch.emplace(instances_[running.task], event.pid, clock_.now());
        return;
    }
    const bool not_its_fault = event.kind == TreeEvent::Kind::start_failed && event.blame != StartBlame::command;
    if (not_its_fault && instances_[running.task].anywhere) return leave_slot(event);
    finish(event.slot, event);
}

// What goes anywhere has a place of its own to lose: the others may take it.
void StageRunner::leave_slot(const TreeEvent& event) {
    const auto running = std::move(running_.at(event.slot));
    running_.erase(event.slot);
    if (journal_)
        journal_->append({{"event", "end"},
                          {"stage", stage_},
                          {"part", instances_[running->task].part},
                          {"attempt", states_->attempt(running->task)},
                          {"receipt", running->receipt},
                          {"outcome", std::string(to_string(event.blame == StartBlame::place ? Outcome::binding_refused
                                                                                             : Outcome::start_failed))},
                          {"failure", event.why},
                          {"again", true}});
    if (event.blame == StartBlame::machine)
        throw infrastructure_error("{}; nothing more is started, the same command again does the rest", event.why);
    if (!states_->retire_slot_of(running->task))
        throw infrastructure_error("{}; no placement is left, the same command again does the rest", event.why);
    display_.note(
        fmt::format("hlaunch: warning: placement {} takes no more work, the others do it: {}", event.slot, event.why));
}

void StageRunner::look() {
    const auto all = all_processes();
    const auto now = clock_.now();
    for (auto& [slot, running] : running_) {
        if (!running->watch) continue;
        running->watch->refresh(all, running->reaper, now);
        const auto& spec = running->watch->instance().spec;
        if (running->stuck.look(now, running->watch->cpu_seconds(),
                                file_bytes(spec.stdout_path) + file_bytes(spec.stderr_path)))
            display_.note(fmt::format("hlaunch: warning: {} has neither computed nor written for {}; look at {}",
                                      running->watch->instance().label,
                                      format_duration(std::chrono::duration<double>(rules_.stuck_after).count()),
                                      spec.stderr_path.empty() ? "it" : spec.stderr_path.string()));
    }
    const auto label = [&](unsigned task) { return instances_[task].label; };
    for (const auto& news : memory_.look(*states_, disk_.held(), label)) display_.note(news);
    memory_kills_.forget_old();
}

void StageRunner::look_after_disk() {
    if (const auto news = disk_.look(clock_.now(), *states_); !news.empty()) display_.note(news);
}

void StageRunner::finish(unsigned slot, const TreeEvent& event) {
    auto running = std::move(running_.at(slot));
    running_.erase(slot);
    const auto now = clock_.now();
    const auto& instance = instances_[running->task];
    InstanceResult out;
    out.part = instance.part;
    out.attempts = states_->attempt(running->task);
    out.status = event.kind == TreeEvent::Kind::lost ? ExitStatus{.signalled = true, .code = SIGKILL} : event.status;
    out.cpu_seconds = event.cpu_seconds;
    out.peak_resident_bytes = event.peak_resident_bytes;
    EndFacts facts;
    facts.status = out.status;
    facts.stopped = states_->why_stopped(running->task);
    facts.lost = event.kind == TreeEvent::Kind::lost;
    facts.start_failed = event.kind == TreeEvent::Kind::start_failed;
    facts.why = event.why;
    facts.memory_bytes = instance.memory_bytes;
    unsigned removed = event.shared_memory_removed;
    if (running->watch) {
        auto& watch = *running->watch;
        watch.tree().reap_orphans();
        removed += watch.remove_shared_memory();
        watch.write_records();
        out.broken_promises = watch.broken_promises();
        out.seconds = watch.seconds(now);
        out.cpu_seconds = std::max(out.cpu_seconds, watch.cpu_seconds());
        out.peak_resident_bytes = std::max(out.peak_resident_bytes, watch.peak_resident_bytes());
    }
    if (!out.status.ok())
        facts.oom_kills = memory_kills_.take(
            [&](pid_t pid) { return pid == event.pid || (running->watch && running->watch->had(pid)); });
    facts.peak_resident_bytes = out.peak_resident_bytes;
    if (!rules_.disk_path.empty()) try {
            facts.free_disk_bytes = free_space(rules_.disk_path).bytes;
        } catch (const Error&) {
            facts.free_disk_bytes = 0;
        }
    if (facts.start_failed) out.start_failure = event.why;
    out.outcome = classify(facts);
    if (instance.judge)
        if (const auto better = instance.judge(out.outcome, out.status)) out.outcome = *better;
    // A worker was killed, and its root went on for a while: by the kernel, as its log or our group's count may tell.
    if (out.outcome == Outcome::lost && facts.stopped == StopReason::none && !facts.lost &&
        (facts.oom_kills > 0 || MemoryKills::in_group() > running->memory_kills_before))
        out.outcome = Outcome::out_of_memory;
    result_.survivors += event.survivors;
    const bool over = states_->ended(running->task, out.outcome, now);
    record_end(out, instance, facts, running->receipt, !over, removed);
    tell_promises(out, instance);
    if (!over) {
        display_.note(fmt::format("hlaunch: {}: {}; tried again", instance.label, to_string(out.outcome)));
        if (instance.again) instances_[running->task] = instance.again(out.outcome);
        return;
    }
    if (running->watch)
        ended_.push_back(running->watch->progress(out.outcome == Outcome::done      ? "done"
                                                  : out.outcome == Outcome::stopped ? "stopped"
                                                                                    : "failed",
                                                  now));
    result_.instances.push_back(std::move(out));
}

void StageRunner::record_end(const InstanceResult& result, const StageInstance& instance, const EndFacts& facts,
                             std::uint64_t receipt, bool again, unsigned shared_memory_removed) {
    if (!journal_) return;
    nlohmann::json event{{"event", "end"},      {"stage", stage_},
                         {"part", result.part}, {"attempt", result.attempts},
                         {"receipt", receipt},  {"outcome", std::string(to_string(result.outcome))}};
    if (facts.start_failed) {
        event["failure"] = result.start_failure;
    } else {
        event["status"] = result.status.text();
        event["seconds"] = result.seconds;
        event["cost"] = instance.cost;
        event["cpu_seconds"] = result.cpu_seconds;
        event["peak_resident_bytes"] = result.peak_resident_bytes;
        event["shared_memory_removed"] = shared_memory_removed;
    }
    if (!result.broken_promises.empty()) event["proof"] = result.broken_promises;
    if (again) event["again"] = true;
    journal_->append(std::move(event));
}

// Of many scans one line at the end: each has its own in the journal and the status.
void StageRunner::tell_promises(const InstanceResult& result, const StageInstance& instance) {
    if (result.broken_promises.empty()) return;
    ++broken_;
    if (!slots_.empty()) return;
    for (const auto& promise : result.broken_promises)
        display_.note(
            fmt::format("hlaunch: warning: {}: not as planned, {} ({})", instance.label, promise, instance.proof_path));
}

void StageRunner::show(bool last) {
    auto all = ended_;
    const auto now = clock_.now();
    for (const auto& [slot, running] : running_) {
        if (!running->watch) continue;
        const bool stopping = states_->state(running->task) == TaskState::stopping;
        all.push_back(running->watch->progress(stopping ? "stopping" : "running", now));
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.part < b.part; });
    display_.update(all, total(now));
    if (last) display_.finish();
}

std::optional<InstanceProgress> StageRunner::total(Clock::Time now) const {
    if (slots_.empty()) return std::nullopt;
    InstanceProgress out;
    out.part = static_cast<unsigned>(instances_.size());
    out.label = stage_;
    out.cpus = "";
    out.units_done = static_cast<unsigned>(ended_.size());
    out.units_total = static_cast<unsigned>(instances_.size());
    out.unit = "scans";
    out.elapsed_s = std::chrono::duration<double>(now - began_).count();
    out.state = "running";
    return out;
}

void StageRunner::feed_others(bool last) {
    if (!feed_ || (!last && !feed_->due())) return;
    changed_ = false;
    auto all = ended_;
    const auto now = clock_.now();
    for (unsigned task = 0; task < instances_.size(); ++task) {
        const auto state = states_->state(task);
        if (!state || *state == TaskState::done || *state == TaskState::failed || *state == TaskState::lost) continue;
        const auto running =
            std::find_if(running_.begin(), running_.end(), [&](const auto& slot) { return slot.second->task == task; });
        if (running != running_.end() && running->second->watch) {
            all.push_back(running->second->watch->progress(std::string(to_string(*state)), now));
            continue;
        }
        InstanceProgress waiting;
        waiting.part = instances_[task].part;
        waiting.label = instances_[task].label;
        waiting.cpus = instances_[task].spec.binding ? instances_[task].spec.binding->cpus.str() : "any";
        waiting.units_total = instances_[task].units_total;
        waiting.state = to_string(*state);
        all.push_back(std::move(waiting));
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.part < b.part; });
    feed_->show(stage_, std::move(all));
}

StageResult StageRunner::run(const std::string& stage, std::vector<StageInstance> instances,
                             std::vector<Binding> slot_bindings) {
    stage_ = stage;
    slots_ = std::move(slot_bindings);
    began_ = clock_.now();
    result_ = {};
    broken_ = 0;
    ended_.clear();
    running_.clear();
    instances_ = std::move(instances);
    auto slots = static_cast<unsigned>(slots_.size());
    for (const auto& instance : instances_)
        if (!instance.anywhere) slots = std::max(slots, instance.placement + 1);
    std::vector<IdSet> nodes(slots);
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) nodes[slot] = slots_[slot].mems;
    for (const auto& instance : instances_)
        if (instance.spec.binding && !instance.anywhere) nodes[instance.placement] = instance.spec.binding->mems;
    memory_ = MemoryWatch(std::move(nodes));
    states_.emplace(
        slots,
        TaskRules{.retries = rules_.retries, .task_limit = rules_.instance_limit, .grace = rules_.grace.whole()});
    for (const auto& instance : instances_) {
        std::optional<Clock::Duration> expected;
        if (instance.expected_s) expected = duration_of(*instance.expected_s);
        states_->add(
            {.slot = instance.anywhere ? std::nullopt : std::optional(instance.placement), .expected = expected});
    }
    const ChildEvents events;
    try {
        loop(events);
    } catch (...) {
        // Nothing we started may outlive us, whatever went wrong (a full disk under the journal).
        for (const auto& [slot, running] : running_) launcher_.stop(slot);
        while (!running_.empty()) {
            static_cast<void>(events.wait(launcher_.descriptors(), tick));
            for (const auto& event : launcher_.events())
                if (event.kind != TreeEvent::Kind::started) running_.erase(event.slot);
        }
        throw;
    }
    // A signal that came while the last one ended must not be lost: the next stage would start.
    on_signals(events.wait({}, Clock::Duration::zero()).signals);
    conclude(*states_, deadline_, result_.interruption);
    result_.disk_full = states_->stopping() == StopReason::disk;
    show(true);
    feed_others(true);
    if (!slots_.empty() && broken_ > 0)
        display_.note(fmt::format("hlaunch: warning: {} of {} {} not run as planned; their proof.json tells how",
                                  broken_, instances_.size(), broken_ == 1 ? "was" : "were"));
    return std::move(result_);
}

void StageRunner::loop(const ChildEvents& events) {
    auto next_look = clock_.now();
    look_after_disk();
    for (act(); !states_->finished(); act()) {
        auto until = next_look;
        if (const auto next = states_->next_time()) until = std::min(until, *next);
        const auto timeout = std::max(until - clock_.now(), Clock::Duration::zero());
        const auto happened = events.wait(launcher_.descriptors(), timeout);
        on_signals(happened.signals);
        if (journal_) journal_->heartbeat();
        const auto told = launcher_.events();
        shared_signal_.settle(told, events, clock_, [&](const auto& signals) { on_signals(signals); });
        for (const auto& event : told) on_tree_event(event);
        if (clock_.now() < next_look) {
            if (changed_) feed_others(false);
            continue;
        }
        look_after_disk();
        look();
        show(false);
        feed_others(false);
        next_look = clock_.now() + tick;
    }
}

}  // namespace hlaunch
