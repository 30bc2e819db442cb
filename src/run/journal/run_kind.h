// Which kind of run a folder belongs to, as its journal tells. Nothing is written, locked or waited for.
#pragma once

#include <string>
#include <string_view>

#include "plan/run_folder.h"
#include "run/journal/events.h"

namespace hlaunch {

// run (an analysis), command, queue or campaign where this event says so, and worker (of any of these: in a folder of
// its own); else empty.
[[nodiscard]] std::string kind_of_event(const Event& event);
// Of the journal's first event that says so; empty where there is none, or no journal.
[[nodiscard]] std::string kind_of_run(const RunFolder& folder);
// "the run of a queue"
[[nodiscard]] std::string name_of_kind(std::string_view kind);

}  // namespace hlaunch
