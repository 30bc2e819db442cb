#include "job/commands/queue_over_ranks.h"

#include <set>

#include "base/error.h"
#include "base/json_fields.h"
#include "run/journal/worker_runs.h"

namespace hlaunch {

std::vector<DeskClient::Offered> open_tasks(QueueTasks& tasks, const QueueEnds& ends, bool retry_failed) {
    std::vector<DeskClient::Offered> out;
    while (const auto task = tasks.next())
        if (!ends.done(task->key) && (retry_failed || !ends.failed(task->key))) out.push_back({task->task.number, 1.0});
    tasks.rewind();
    return out;
}

namespace {

void note_ends(const RunFolder& folder, QueueEnds& ends) {
    read_events(folder, [&](const Event& event) { ends.note(event); });
}

}  // namespace

void note_ends_of_ranks(const RunFolder& folder, QueueEnds& ends) {
    for (const auto& worker : worker_runs(folder)) note_ends(worker, ends);
}

std::string offer_name(const QueueTasks& tasks) {
    return fmt::format("task {:016x}", tasks.fingerprint());
}

std::optional<QueueTasks::Keyed> DealtTasks::next(bool wait, const DeskClient::Patience& patience) {
    while (auto task = next_dealt(wait, patience)) {
        if (!ends_.done(task->key)) return task;
        ended_.push_back(task->task.number);  // by a rank that died before it could say so
    }
    return std::nullopt;
}

std::optional<QueueTasks::Keyed> DealtTasks::next_dealt(bool wait, const DeskClient::Patience& patience) {
    if (dealt_.empty()) {
        report();
        const auto share = desk_.take("task", static_cast<unsigned>(slots_), wait, patience);
        dealt_.assign(share.begin(), share.end());
        if (desk_.dealt_again() && folder_) {
            ends_ = {};
            note_ends(*folder_, ends_);
            note_ends_of_ranks(*folder_, ends_);
            ends_.sort();
        }
        if (desk_.dealt_of() != offer_name(tasks_))
            throw failure("this rank's file of tasks is not that of rank 0; give all ranks the same file and folder");
    }
    if (dealt_.empty()) return std::nullopt;
    const auto number = dealt_.front();
    dealt_.pop_front();
    if (number <= last_) tasks_.rewind();  // one that another rank has left
    while (auto task = tasks_.next()) {
        last_ = task->task.number;
        if (last_ == number) return task;
    }
    throw failure("task {} is not in the file any more; do not change it while it runs", number);
}

void DealtTasks::ended(const QueueItem& item, Outcome outcome, double seconds) {
    if (outcome == Outcome::stopped) return;
    (outcome == Outcome::done ? ended_ : failed_).push_back(item.number);
    seconds_ += seconds;
}

void DealtTasks::report() {
    desk_.ended(std::exchange(ended_, {}), std::exchange(seconds_, 0.0));
    desk_.failed(std::exchange(failed_, {}));
}

nlohmann::json to_json(const QueueResult& result) {
    nlohmann::json out{{"done", result.done}, {"failed", result.failed}, {"failures", nlohmann::json::array()}};
    for (const auto& failure : result.failures)
        out["failures"].push_back(
            {{"task", failure.number}, {"outcome", std::string(to_string(failure.outcome))}, {"status", failure.text}});
    return out;
}

void add_rest(QueueResult& result, const std::vector<nlohmann::json>& left, QueueTasks& tasks,
              const std::optional<RunFolder>& folder, const std::vector<DeskClient::Offered>& offered) {
    std::string trouble;
    bool all_told = true;
    for (const auto& other : left) {
        const auto& queue = field_in(other, "queue");
        all_told = all_told && queue.is_object();
        result.done += count_in(queue, "done");
        result.failed += count_in(queue, "failed");
        for (const auto& entry : list_in(queue, "failures"))
            result.failures.push_back({count_in(entry, "task"),
                                       parse_outcome(text_in(entry, "outcome")).value_or(Outcome::crashed),
                                       text_in(entry, "status")});
        const auto code = count_in(other, "code");
        if (trouble.empty() && code != 0)
            trouble = fmt::format("; rank {} on {} ended with {}{}", count_in(other, "rank"), text_in(other, "host"),
                                  code, text_in(other, "why").empty() ? "" : ": " + text_in(other, "why"));
    }
    std::ranges::sort(result.failures, {}, &QueueFailure::number);
    if (!all_told && folder) {
        QueueEnds ends;
        note_ends(*folder, ends);
        note_ends_of_ranks(*folder, ends);
        ends.sort();
        std::set<std::uint64_t> numbers;
        for (const auto& part : offered) numbers.insert(part.id);
        result.done = result.failed = 0;
        tasks.rewind();
        while (const auto task = tasks.next()) {
            if (!numbers.contains(task->task.number)) continue;
            result.done += ends.done(task->key) ? 1U : 0U;
            result.failed += ends.failed(task->key) ? 1U : 0U;
        }
        tasks.rewind();
    }
    if (const auto over = result.done + result.failed; over < offered.size())
        throw failure("{} of {} tasks have not ended{}; the same command again does the rest", offered.size() - over,
                      offered.size(), trouble);
}

}  // namespace hlaunch
