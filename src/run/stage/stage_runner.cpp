#include "run/stage/stage_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace hlaunch {
namespace {

class StageTasks final : public TaskSource {
  public:
    StageTasks(const RunTools& tools, RunFeed* feed, std::string stage, std::vector<StageInstance> instances,
               std::vector<Binding> slots)
        : tools_(tools),
          feed_(feed),
          stage_(std::move(stage)),
          instances_(std::move(instances)),
          slots_(std::move(slots)),
          began_(tools.clock.now()) {}

    [[nodiscard]] std::vector<IdSet> nodes() const {
        auto slots = slots_.size();
        for (const auto& instance : instances_)
            if (!instance.anywhere) slots = std::max(slots, std::size_t{instance.placement} + 1);
        std::vector<IdSet> out(slots);
        for (std::size_t slot = 0; slot < slots_.size(); ++slot) out[slot] = slots_[slot].mems;
        for (const auto& instance : instances_)
            if (instance.spec.binding && !instance.anywhere) out[instance.placement] = instance.spec.binding->mems;
        return out;
    }

    void refill(TaskStates& states, bool) override {
        if (std::exchange(states_, &states) != nullptr) return;
        for (const auto& instance : instances_)
            states.add(
                {.slot = instance.anywhere ? std::nullopt : std::optional(instance.placement),
                 .expected = instance.expected_s ? std::optional(duration_of(*instance.expected_s)) : std::nullopt});
    }

    TreeSpec place(unsigned task, unsigned slot) override {
        auto& instance = instances_[task];
        if (instance.anywhere) {
            if (instance.place) instance.place(instance, slot);
            instance.placement = slot;
            instance.spec.binding = slots_.at(slot);
        }
        return {.child = instance.spec,
                .grace = {},
                .marker = instance.marker,
                .receipt = 0,
                .shm_prefix = instance.shm_prefix,
                .temporary_folder = instance.temporary_folder};
    }

    std::unique_ptr<Watch> watch(unsigned task, const TreeEvent& started, Clock::Time now) override {
        auto out = std::make_unique<WatchedInstance>(instances_[task], started.pid, started.reaper, now);
        watched_[task] = out.get();
        return out;
    }

    Outcome judge(unsigned task, Outcome outcome, const ExitStatus& status) override {
        const auto& judge = instances_[task].judge;
        return judge ? judge(outcome, status).value_or(outcome) : outcome;
    }

    std::uint64_t memory_bytes(unsigned task, unsigned) const override { return instances_[task].memory_bytes; }

    bool hurried() const override { return false; }

    events::Start start_event(unsigned task, unsigned attempt, std::uint64_t receipt) const override {
        return {.stage = stage_, .part = instances_[task].part, .attempt = attempt, .receipt = receipt};
    }

    events::End end_event(const TaskEnd& end) const override {
        events::End out{.stage = stage_,
                        .part = instances_[end.task].part,
                        .attempt = end.attempts,
                        .receipt = end.receipt,
                        .outcome = end.outcome,
                        .failure = end.start_failure,
                        .proof = end.broken_promises,
                        .again = end.again};
        if (!end.start_failure.empty()) return out;
        out.status = end.status.text();
        out.seconds = end.seconds;
        out.cost = instances_[end.task].cost;
        out.cpu_seconds = end.cpu_seconds;
        out.peak_resident_bytes = end.peak_resident_bytes;
        out.shared_memory_removed = end.shared_memory_removed;
        return out;
    }

    TaskWords words() const override { return {"placement", "takes no more work, the others do it"}; }
    std::string label(unsigned task) const override { return instances_[task].label; }
    void ended(TaskEnd end) override;
    void show(Moment moment) override;

    [[nodiscard]] std::vector<InstanceResult> take_results() { return std::move(results_); }

  private:
    void tell_promises(const TaskEnd& end);
    void show_people(bool last);
    [[nodiscard]] std::optional<InstanceProgress> total(Clock::Time now) const;  // of many, as one line
    void feed_others(bool last);
    [[nodiscard]] InstanceProgress of_waiting(const StageInstance& instance, TaskState state) const;

    RunTools tools_;
    RunFeed* feed_;
    std::string stage_;
    std::vector<StageInstance> instances_;  // by task
    std::vector<Binding> slots_;            // of those that go anywhere
    Clock::Time began_;
    TaskStates* states_ = nullptr;
    std::map<unsigned, const WatchedInstance*> watched_;  // by task, while it runs
    std::vector<InstanceProgress> ended_;
    unsigned broken_ = 0;  // instances whose proof failed
    std::vector<InstanceResult> results_;
};

void sort_by_part(std::vector<InstanceProgress>& all) {
    std::ranges::sort(all, {}, &InstanceProgress::part);
}

void StageTasks::ended(TaskEnd end) {
    auto& instance = instances_[end.task];
    const auto watched = watched_.extract(end.task);
    if (end.moved) return;
    tell_promises(end);
    if (end.again) {
        tools_.display.note(fmt::format("hlaunch: {}: {}; tried again", instance.label, to_string(end.outcome)));
        if (instance.again) instance = instance.again(end.outcome);
        return;
    }
    const auto* state = end.outcome == Outcome::done ? "done" : end.outcome == Outcome::stopped ? "stopped" : "failed";
    if (watched) ended_.push_back(watched.mapped()->progress(state, tools_.clock.now()));
    results_.push_back({std::move(end), instance.part});
}

// Of many scans one line at the end: each has its own in the journal and the status.
void StageTasks::tell_promises(const TaskEnd& end) {
    if (end.broken_promises.empty()) return;
    ++broken_;
    if (!slots_.empty()) return;
    const auto& instance = instances_[end.task];
    for (const auto& promise : end.broken_promises)
        tools_.display.note(
            fmt::format("hlaunch: warning: {}: not as planned, {} ({})", instance.label, promise, instance.proof_path));
}

void StageTasks::show(Moment moment) {
    const bool last = moment == Moment::last;
    if (moment != Moment::change) show_people(last);
    feed_others(last);
    if (last && !slots_.empty() && broken_ > 0)
        tools_.display.note(fmt::format("hlaunch: warning: {} of {} {} not run as planned; their proof.json tells how",
                                        broken_, instances_.size(), broken_ == 1 ? "was" : "were"));
}

void StageTasks::show_people(bool last) {
    auto all = ended_;
    const auto now = tools_.clock.now();
    for (const auto& [task, watched] : watched_)
        all.push_back(watched->progress(states_->state(task) == TaskState::stopping ? "stopping" : "running", now));
    sort_by_part(all);
    tools_.display.update(all, total(now));
    if (last) tools_.display.finish();
}

std::optional<InstanceProgress> StageTasks::total(Clock::Time now) const {
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

void StageTasks::feed_others(bool last) {
    if (!feed_ || (!last && !feed_->due())) return;
    auto all = ended_;
    const auto now = tools_.clock.now();
    for (unsigned task = 0; task < instances_.size(); ++task) {
        const auto state = states_->state(task);
        if (!state) continue;
        const auto watched = watched_.find(task);
        all.push_back(watched != watched_.end() ? watched->second->progress(std::string(to_string(*state)), now)
                                                : of_waiting(instances_[task], *state));
    }
    sort_by_part(all);
    feed_->show(stage_, std::move(all));
}

InstanceProgress StageTasks::of_waiting(const StageInstance& instance, TaskState state) const {
    InstanceProgress out;
    out.part = instance.part;
    out.label = instance.label;
    out.cpus = instance.spec.binding ? instance.spec.binding->cpus.str() : "any";
    out.units_total = instance.units_total;
    out.state = to_string(state);
    return out;
}

}  // namespace

bool StageResult::all_ok() const {
    return !interruption.by && !interruption.out_of_time && !disk_full && survivors == 0 &&
           std::ranges::all_of(instances, [](const InstanceResult& i) { return i.outcome == Outcome::done; });
}

StageResult StageRunner::run(const std::string& stage, std::vector<StageInstance> instances,
                             std::vector<Binding> slots) {
    StageTasks tasks(tools_, feed_, stage, std::move(instances), std::move(slots));
    StageResult out{Supervisor(tools_, rules_, tasks.nodes(), tasks).run(), {}};
    out.instances = tasks.take_results();
    return out;
}

}  // namespace hlaunch
