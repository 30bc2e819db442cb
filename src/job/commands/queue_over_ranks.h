// One rank's part in a queue that runs over several: its tasks come from rank 0's desk, by their numbers in the file
// that all have.
#pragma once

#include <deque>

#include "job/commands/queue_tasks.h"
#include "job/nodes/desk_client.h"
#include "plan/run_folder.h"
#include "queue/queue_runner.h"

namespace hlaunch {

// Which of the tasks are to be offered: those that former starts have not ended, or only badly, with retry_failed.
[[nodiscard]] std::vector<DeskClient::Offered> open_tasks(QueueTasks& tasks, const QueueEnds& ends, bool retry_failed);
// Also what ranks of former starts have entered into journals of their own.
void note_ends_of_ranks(const RunFolder& folder, QueueEnds& ends);

class DealtTasks {
  public:
    // folder: with the journals of all ranks; none: what a rank that died has done is done again.
    DealtTasks(QueueTasks& tasks, DeskClient& desk, std::size_t slots, std::optional<RunFolder> folder)
        : tasks_(tasks), desk_(desk), slots_(slots), folder_(std::move(folder)) {}
    // wait: until there is one or all ranks are done. Throws failure where rank 0 has another file.
    [[nodiscard]] std::optional<QueueTasks::Keyed> next(bool wait, const DeskClient::Patience& patience);
    void ended(const QueueItem& item, Outcome outcome, double seconds);
    void report();  // what has ended since

  private:
    std::optional<QueueTasks::Keyed> next_dealt(bool wait, const DeskClient::Patience& patience);

    QueueTasks& tasks_;
    DeskClient& desk_;
    std::size_t slots_;
    std::optional<RunFolder> folder_;
    QueueEnds ends_;  // of ranks that have gone
    std::deque<std::uint64_t> dealt_;
    std::uint64_t last_ = 0;  // number of the last one read
    std::vector<std::uint64_t> ended_, failed_;
    double seconds_ = 0.0;
};

// What rank 0 offers: the same for all that have the same file.
[[nodiscard]] std::string offer_name(const QueueTasks& tasks);
[[nodiscard]] nlohmann::json to_json(const QueueResult& result);
// Adds what the others did, as they said in leaving, or where one could say nothing, as the journals do. Throws failure
// where not all of what was offered has ended.
void add_rest(QueueResult& result, const std::vector<nlohmann::json>& left, QueueTasks& tasks,
              const std::optional<RunFolder>& folder, const std::vector<DeskClient::Offered>& offered);

}  // namespace hlaunch
