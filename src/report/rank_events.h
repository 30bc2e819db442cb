// A queue or a campaign over several ranks: what each has entered into a journal of its own, as the run's would have
// it.
#pragma once

#include <vector>

#include "plan/run_folder.h"
#include "run/journal/events.h"

namespace hlaunch {

// The ends of tasks and scans, in the order of their times; scans by the numbers that the run's own events give them.
[[nodiscard]] std::vector<Event> ends_of_ranks(const RunFolder& run, const std::vector<Event>& own);

}  // namespace hlaunch
