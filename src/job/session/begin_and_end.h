// How each kind of run (analysis, command, queue) begins and ends in its folder.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "job/request/options.h"
#include "plan/plan.h"
#include "plan/run_folder.h"
#include "run/journal/journal_file.h"
#include "run/progress/progress_display.h"
#include "run/progress/run_feed.h"

namespace hlaunch {

// What --fresh starts over from: results of whatever kind of run the folder held, and its plan. Logs of a folder that
// is gone cannot be told from the new ones.
void forget_former_run(const RunFolder& folder);
// A folder belongs to one kind of run: run (an analysis), command, queue or campaign. Throws usage Error where this
// event of its journal is the beginning of another one than `own`. With the journal's lock, for two that began at once;
// check_output() has looked before anything was written.
void refuse_another_kind(const nlohmann::json& event, std::string_view own, const std::string& output);
// For kinds whose own first event comes after a survey: the journal tells from its first line on what it belongs to.
void note_kind(JournalFile& journal, std::string_view own);
// On standard error, also where the display keeps quiet so that commands' own output is not torn; not with --quiet.
void tell_warnings(const Plan& plan, const JobOptions& options);
// Kills what outlived a former start and its reapers, and tells of a damaged journal.
void settle_former_start(const RunFolder& folder, const JournalFile& journal, ProgressDisplay& display);
// Twelve letters that no other folder has, and that the next start of this one has, too: what a start of which nobody
// is left could not remove is found by them.
[[nodiscard]] std::string run_id_of(const RunFolder& folder);
// Shared memory and temporary folders of an analysis that was killed with its reapers.
void remove_former_temporaries(const RunFolder& folder, const std::string& temporary);
// What other programs read of the run in this folder; a stop that was asked of an earlier run is forgotten.
[[nodiscard]] std::unique_ptr<RunFeed> start_feed(const JobOptions& options, const RunFolder& folder, Clock& clock,
                                                  JournalFile& journal);

// Where a run without a folder has neither: null.
struct RunOutlets {
    JournalFile* journal;
    RunFeed* feed;
    ProgressDisplay& display;
};
// Runs it and enters how it ended, also when that is an error, which is thrown on. Returns the exit code: 128 and the
// signal where it was interrupted.
int run_to_its_end(const RunOutlets& records, const std::function<int()>& work);

}  // namespace hlaunch
