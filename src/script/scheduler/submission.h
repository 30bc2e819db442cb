// Jobs of a run that a scheduler has: each handed over once, written down in the run folder before it is handed over,
// asked for and cancelled by its id. What the scheduler does not say is not known: it is never taken for "gone".
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "plan/run_folder.h"
#include "script/scheduler/scheduler_commands.h"

namespace hlaunch {

struct SubmittedJob {
    JobId id;          // empty: it was being handed over, and no id was told
    std::string role;  // work | merge
    std::string script;
};
struct Submission {
    std::string scheduler;  // slurm | pbs
    std::string time;       // UTC
    std::vector<SubmittedJob> jobs;
};

// submit.json of the run folder; nothing where there is none, or one that no hlaunch wrote.
[[nodiscard]] std::optional<Submission> read_submission(const RunFolder& run);
// The same for what is to be cancelled or relied on: throws infrastructure where the file is another user's, or another
// could have written it.
[[nodiscard]] std::optional<Submission> read_own_submission(const RunFolder& run);
[[nodiscard]] nlohmann::json to_json(const Submission& submission);
// Handed over to a scheduler at most: no start of hlaunch has left anything.
[[nodiscard]] bool nothing_has_run(const RunFolder& run);

// What the scheduler says of each of its jobs. One without an id is looked for by its script, and gets the id.
[[nodiscard]] std::vector<JobAnswer> standings(const Scheduler& scheduler, Submission& submission);

struct WorkAndMerge {
    std::string work, merge;  // scripts; merge empty: none
};
// Validates the work script where the scheduler can (sbatch --test-only), then hands over work and, behind it, merge;
// where the work of an earlier submission is queued and its merge is not there, the merge alone. submit.json is written
// before each. Throws usage Error where all of the earlier submission is still queued, or with the scheduler's own
// words where it refuses a script; infrastructure where it cannot be told whether a job is there, or was taken.
[[nodiscard]] Submission submit(const RunFolder& run, const Scheduler& scheduler, const WorkAndMerge& scripts);

struct Cancelled {
    std::vector<std::string> asked;     // ids whose end was asked for
    std::vector<std::string> problems;  // a line each: what could not be cancelled, or is not known
};
// Asks the scheduler to end all that it still has, or may have.
[[nodiscard]] Cancelled cancel(const Scheduler& scheduler, Submission submission);

}  // namespace hlaunch
