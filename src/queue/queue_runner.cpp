#include "queue/queue_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <utility>

#include "os/files/recycled_file.h"

namespace hlaunch {
namespace {

constexpr std::size_t failures_kept = 20;

std::string status_text(const TaskEnd& end) {
    return !end.start_failure.empty() ? end.start_failure : end.lost ? "lost" : end.status.text();
}

std::string text_of_key(std::uint64_t key) {
    return fmt::format("{:016x}", key);
}

// What most of the last ones took is what a task takes: one long one among them keeps nothing back.
class TypicalDuration {
  public:
    void add(double seconds) {
        constexpr std::size_t most = 16;
        if (last_.size() < most)
            last_.push_back(seconds);
        else
            last_[added_ % most] = seconds;
        ++added_;
    }
    [[nodiscard]] std::optional<Clock::Duration> get() const {
        if (last_.empty()) return std::nullopt;
        auto sorted = last_;
        std::ranges::sort(sorted);
        return duration_of(sorted[sorted.size() * 3 / 4]);
    }

  private:
    std::vector<double> last_;
    std::size_t added_ = 0;
};

class QueueStream final : public TaskSource {
  public:
    QueueStream(const RunTools& tools, RunFeed* feed, const std::vector<QueueSlot>& slots, std::uint64_t total,
                const QueueRunner::Source& next, const QueueRunner::OnEnd& tell_end)
        : tools_(tools),
          feed_(feed),
          slots_(slots),
          total_(total),
          next_(next),
          tell_end_(tell_end),
          spare_logs_(slots.size()),
          began_(tools.clock.now()),
          looked_(began_) {}

    void refill(TaskStates& states, bool idle) override {
        states_ = &states;
        if (idle) exhausted_ = false;
        while (!exhausted_ && states.waiting() < 2 * slots_.size()) {
            auto item = next_(std::exchange(idle, false));
            exhausted_ = !item;
            if (item) items_.emplace(states.add({}), std::move(*item));
        }
    }

    TreeSpec place(unsigned task, unsigned slot) override {
        TreeSpec out{.child = items_.at(task).spec,
                     .grace = {},
                     .marker = {},
                     .receipt = 0,
                     .shm_prefix = {},
                     .temporary_folder = {}};
        out.child.binding = slots_[slot].binding;
        spare_logs_[slot].out.give(out.child.stdout_path);
        spare_logs_[slot].err.give(out.child.stderr_path);
        return out;
    }

    std::unique_ptr<Watch> watch(unsigned, const TreeEvent& started, Clock::Time now) override {
        return std::make_unique<LightWatch>(started.pid, now);
    }

    std::uint64_t memory_bytes(unsigned, unsigned slot) const override { return slots_[slot].memory_bytes; }
    std::optional<Clock::Duration> typical() const override { return typical_.get(); }
    bool hurried() const override { return true; }

    events::Start start_event(unsigned task, unsigned, std::uint64_t receipt) const override {
        const auto& item = items_.at(task);
        return {.task = item.number, .key = text_of_key(item.key), .receipt = receipt};
    }

    events::End end_event(const TaskEnd& end) const override {
        const auto& item = items_.at(end.task);
        events::End out{.task = item.number,
                        .key = text_of_key(item.key),
                        .receipt = end.receipt,
                        .outcome = end.outcome,
                        .status = status_text(end),
                        .again = end.again};
        if (!end.moved) out.seconds = end.seconds, out.cpu_seconds = end.cpu_seconds;
        return out;
    }

    TaskWords words() const override { return {"slot", "takes no more tasks, the others do its work"}; }
    std::string label(unsigned task) const override { return fmt::format("task {}", items_.at(task).number); }
    void ended(TaskEnd end) override;
    void show(Moment moment) override;

    [[nodiscard]] QueueResult take_result(const Supervisor::Result& how);

  private:
    RunTools tools_;
    RunFeed* feed_;
    const std::vector<QueueSlot>& slots_;
    std::uint64_t total_;
    const QueueRunner::Source& next_;
    const QueueRunner::OnEnd& tell_end_;
    TaskStates* states_ = nullptr;
    std::unordered_map<unsigned, QueueItem> items_;  // by task
    struct SpareLogs {
        RecycledFile out, err;
    };
    std::vector<SpareLogs> spare_logs_;  // by slot
    TypicalDuration typical_;
    bool exhausted_ = false;
    Clock::Time began_, looked_;
    double cpu_seconds_ = 0.0, cpu_seconds_looked_ = 0.0;  // of tasks that have ended
    QueueResult result_;
};

void QueueStream::ended(TaskEnd end) {
    const auto& item = items_.at(end.task);
    cpu_seconds_ += end.cpu_seconds;
    if (end.outcome == Outcome::done) typical_.add(end.seconds);
    if (end.moved || (!end.again && (end.outcome == Outcome::done || !end.start_failure.empty()))) {
        spare_logs_[end.slot].out.keep(item.spec.stdout_path);
        spare_logs_[end.slot].err.keep(item.spec.stderr_path);
    }
    if (end.again) return;
    if (tell_end_) tell_end_(item, end.outcome, end.seconds);
    if (end.outcome == Outcome::done) {
        ++result_.done;
    } else if (end.outcome != Outcome::stopped) {
        ++result_.failed;
        if (result_.failures.size() < failures_kept)
            result_.failures.push_back({item.number, end.outcome, status_text(end)});
    }
    items_.erase(end.task);
}

void QueueStream::show(Moment moment) {
    if (moment == Moment::last) return tools_.display.finish();
    if (moment == Moment::change) return;
    const auto now = tools_.clock.now();
    InstanceProgress all;
    all.label = "queue";
    all.cpus = fmt::format("{} slots", slots_.size());
    all.units_done = static_cast<unsigned>(result_.done + result_.failed);
    all.units_total = static_cast<unsigned>(total_);
    all.unit = result_.failed > 0 ? fmt::format("tasks, {} failed", result_.failed) : "tasks";
    all.elapsed_s = std::chrono::duration<double>(now - began_).count();
    all.processes = static_cast<unsigned>(states_->running());
    if (const auto since = std::chrono::duration<double>(now - looked_).count(); since > 0.5)
        all.cpu_percent = 100.0 * (cpu_seconds_ - std::exchange(cpu_seconds_looked_, cpu_seconds_)) / since;
    looked_ = now;
    all.state = states_->stopping() == StopReason::none ? "running" : "stopping";
    tools_.display.update({all});
    if (feed_) feed_->show("queue", {all});
}

QueueResult QueueStream::take_result(const Supervisor::Result& how) {
    static_cast<Supervisor::Result&>(result_) = how;
    // In the file's order: which of two that ran at once ended first is chance.
    std::ranges::sort(result_.failures, {}, &QueueFailure::number);
    return std::move(result_);
}

}  // namespace

QueueResult QueueRunner::run(const std::vector<QueueSlot>& slots, std::uint64_t total, const Source& source) {
    std::vector<IdSet> nodes;
    for (const auto& slot : slots) nodes.push_back(slot.binding.mems);
    QueueStream stream(tools_, feed_, slots, total, source, tell_end_);
    return stream.take_result(Supervisor(tools_, rules_, std::move(nodes), stream).run());
}

}  // namespace hlaunch
