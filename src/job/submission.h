// Jobs of a run that a scheduler has: handed over once, written down in the run folder, asked for and cancelled by
// their ids.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "plan/run_folder.h"

namespace hlaunch {

struct SubmittedJob {
    std::string id;    // as the scheduler counts
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
[[nodiscard]] nlohmann::json to_json(const Submission& submission);

// What the scheduler says of each of its jobs: "RUNNING", "PENDING (Priority)"; "" for one it no longer has, and for
// all where it cannot be asked here.
[[nodiscard]] std::vector<std::string> queue_words(const Submission& submission);

// Validates the work script where the scheduler can (sbatch --test-only), then hands over work and, behind it, merge
// (empty: none), and writes submit.json. Throws usage Error where jobs of an earlier submission are still in the queue,
// or with the scheduler's own words where it refuses the script.
[[nodiscard]] Submission submit(const RunFolder& run, const std::string& scheduler, const std::string& work_script,
                                const std::string& merge_script);
// Asks the scheduler to end all that it still has. Returns their ids.
std::vector<std::string> cancel(const Submission& submission);

}  // namespace hlaunch
