// Of a run over several nodes: each of its workers has a run folder of its own inside, with a journal of its own.
#pragma once

#include <functional>
#include <vector>

#include "plan/run_folder.h"
#include "run/journal/history.h"

namespace hlaunch {

// The folders in workers/, by name; none where there is no such folder, or it may not be read.
[[nodiscard]] std::vector<RunFolder> worker_runs(const RunFolder& run);
// Of the run's own journal, without those that are torn; none where it has none. A journal that may not be read, is no
// regular file or has more than 1 GiB: infrastructure Error.
void read_events(const RunFolder& run, const std::function<void(Event&&)>& on_event);
[[nodiscard]] RunHistory history_of(const RunFolder& run);

}  // namespace hlaunch
