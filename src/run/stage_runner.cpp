#include "run/stage_runner.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"

namespace hlaunch {
namespace {

constexpr auto tick = std::chrono::milliseconds(1000);
constexpr auto stopping_tick = std::chrono::milliseconds(100);

}  // namespace

struct StageRunner::Running {
    Child child;
    WatchedInstance watch;
    std::optional<ExitStatus> status;  // of the root; descendants may still live
    std::optional<Escalation> end;
};

StageRunner::StageRunner(Clock& clock, JournalFile* journal, ProgressDisplay& display, Grace grace)
    : clock_(clock), journal_(journal), display_(display), grace_(grace) {}

StageRunner::~StageRunner() = default;

bool StageResult::all_ok() const {
    return !interrupted_by && survivors == 0 &&
           std::all_of(instances.begin(), instances.end(),
                       [](const InstanceResult& i) { return i.start_failure.empty() && i.status.ok(); });
}

void StageRunner::start_next(unsigned placement) {
    auto& queue = queues_[placement];
    while (!queue.empty() && !stopping_) {
        auto instance = std::move(queue.front());
        queue.pop_front();
        if (journal_) journal_->append({{"event", "start"}, {"stage", stage_}, {"part", instance.part}});
        try {
            auto child = spawn(instance.spec);
            const auto pid = child.pid;
            running_.push_back(std::make_unique<Running>(
                Running{std::move(child), WatchedInstance(std::move(instance), pid, clock_.now()), {}, {}}));
            return;
        } catch (const Error& error) {
            InstanceResult failed;
            failed.part = instance.part;
            failed.start_failure = error.what();
            if (journal_)
                journal_->append(
                    {{"event", "end"}, {"stage", stage_}, {"part", failed.part}, {"failure", failed.start_failure}});
            result_.instances.push_back(std::move(failed));
        }
    }
}

void StageRunner::on_signals(const std::vector<int>& signals) {
    for (const int number : signals) {
        if (number == SIGCHLD) continue;
        if (!stopping_) {
            result_.interrupted_by = number;
            display_.note("hlaunch: stopping what runs; once more to kill it at once");
        }
        for (auto& running : running_) {
            if (!running->end) running->end.emplace(grace_);
            if (stopping_) running->end->hurry();
        }
        stopping_ = true;
    }
}

void StageRunner::observe() {
    const auto all = all_processes();
    const auto now = clock_.now();
    for (auto& running : running_) {
        running->watch.refresh(all, getpid(), now);
        running->watch.tree().reap_orphans();
    }
}

void StageRunner::step_escalations() {
    const auto now = clock_.now();
    for (std::size_t i = 0; i < running_.size();) {
        auto& running = *running_[i];
        if (!running.status) running.status = try_wait(running.child.pid);
        const bool alive = running.watch.tree().alive();
        // A root that ended leaves nothing behind: what still lives of its tree is ended too.
        if (running.status && alive && !running.end) running.end.emplace(grace_);
        if (running.end) {
            if (const auto number = running.end->step(now, alive || !running.status))
                running.watch.tree().signal(*number);
            if (running.end->survived()) ++result_.survivors;
        }
        const bool given_up = running.end && running.end->survived();
        if ((running.status && !alive) || given_up)
            finish(i);
        else
            ++i;
    }
}

void StageRunner::finish(std::size_t index) {
    auto& running = *running_[index];
    const auto now = clock_.now();
    const auto& instance = running.watch.instance();
    running.watch.tree().reap_orphans();
    const unsigned leaked = running.watch.remove_shared_memory();
    running.watch.write_records();
    InstanceResult out;
    out.part = instance.part;
    out.status = running.status.value_or(ExitStatus{.signalled = true, .code = SIGKILL});
    out.seconds = running.watch.seconds(now);
    out.cpu_seconds = running.watch.cpu_seconds();
    out.peak_resident_bytes = running.watch.peak_resident_bytes();
    if (journal_)
        journal_->append({{"event", "end"},
                          {"stage", stage_},
                          {"part", out.part},
                          {"status", out.status.text()},
                          {"seconds", out.seconds},
                          {"cpu_seconds", out.cpu_seconds},
                          {"peak_resident_bytes", out.peak_resident_bytes},
                          {"shared_memory_removed", leaked}});
    ended_.push_back(running.watch.progress(result_.interrupted_by ? "stopped"
                                            : out.status.ok()      ? "done"
                                                                   : "failed",
                                            now));
    const auto placement = instance.placement;
    result_.instances.push_back(std::move(out));
    running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(index));
    start_next(placement);
}

void StageRunner::show(bool last) {
    auto all = ended_;
    const auto now = clock_.now();
    for (const auto& running : running_)
        all.push_back(running->watch.progress(stopping_ ? "stopping" : "running", now));
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.part < b.part; });
    display_.update(all);
    if (last) display_.finish();
}

StageResult StageRunner::run(const std::string& stage, std::vector<StageInstance> instances) {
    stage_ = stage;
    result_ = {};
    ended_.clear();
    stopping_ = false;
    unsigned placements = 0;
    for (const auto& instance : instances) placements = std::max(placements, instance.placement + 1);
    queues_.assign(placements, {});
    for (auto& instance : instances) queues_[instance.placement].push_back(std::move(instance));

    const ChildEvents events;
    try {
        loop(events, placements);
    } catch (...) {
        // Nothing we started may outlive us, whatever went wrong (a full disk under the journal).
        for (auto& running : running_) {
            static_cast<void>(end_tree(running->watch.tree(), grace_, clock_));
            static_cast<void>(try_wait(running->child.pid));
            static_cast<void>(running->watch.remove_shared_memory());
        }
        running_.clear();
        throw;
    }
    // A signal that came while the last one ended must not be lost: the next stage would start.
    on_signals(events.wait({}, Clock::Duration::zero()).signals);
    show(true);
    return std::move(result_);
}

void StageRunner::loop(const ChildEvents& events, unsigned placements) {
    for (unsigned placement = 0; placement < placements; ++placement) start_next(placement);
    auto next_look = clock_.now();
    while (!running_.empty()) {
        std::vector<int> watched;
        for (const auto& running : running_)
            if (!running->status) watched.push_back(running->child.pidfd.get());
        const bool ending =
            std::any_of(running_.begin(), running_.end(), [](const auto& r) { return r->end.has_value(); });
        const auto happened = events.wait(watched, ending ? stopping_tick : tick);
        on_signals(happened.signals);
        if (clock_.now() >= next_look || ending || !happened.ready.empty() || !happened.signals.empty()) {
            observe();
            step_escalations();
            if (clock_.now() >= next_look) {
                show(false);
                next_look = clock_.now() + tick;
            }
        }
    }
}

}  // namespace hlaunch
