// Of a run over several nodes: each of its workers has a run folder of its own inside, with a journal of its own.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "plan/run_folder.h"

namespace hlaunch {

// The folders in workers/, by name; none where there is no such folder, or it may not be read.
[[nodiscard]] std::vector<RunFolder> worker_runs(const RunFolder& run);
// Of the run's own journal, without those that are torn; none where it has none. A journal that may not be read, is no
// regular file or has more than 1 GiB: infrastructure Error.
[[nodiscard]] std::vector<nlohmann::json> events_of(const RunFolder& run);

}  // namespace hlaunch
