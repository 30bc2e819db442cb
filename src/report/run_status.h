// How a run stands, from what its folder tells. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "report/merge_status.h"
#include "report/run_records.h"
#include "run/states/outcome.h"

namespace hlaunch {

struct PartStatus {
    unsigned part = 0;
    std::string label;  // "part 003"; of a stage with one instance the stage's name
    std::string state;  // waiting, starting, running, stopping, done, failed, stopped, lost
    std::optional<Outcome> outcome;
    std::string end;  // "signal 9 (Killed)", or why it could not be started
    unsigned attempts = 0;
    double seconds = 0.0;  // of the last attempt
    unsigned shards_done = 0, shards_total = 0;
    std::string cpus;
    double cpu_percent = 0.0;
    std::uint64_t resident_bytes = 0;  // while it runs; then the peak
    unsigned processes = 0;
    std::string log;                                // relative to the run folder
    std::vector<std::string> broken_promises = {};  // what its proof.json found not as planned
};

struct StageStatus {
    std::string name, state;
    std::vector<PartStatus> parts;
};

// Of `hlaunch queue`.
struct QueueStatus {
    std::uint64_t tasks = 0, done = 0, failed = 0, running = 0;
    struct Failure {
        std::uint64_t task = 0;
        std::string outcome, end;
    };
    std::vector<Failure> failures;  // the first few
};

enum class RunState {
    running,
    silent,   // on another host, and its status has not been written for a while
    done,     // and merged, where there is something to merge
    failed,   // a part, or the merge
    stopped,  // by a signal or `hlaunch stop`
    gone,     // whoever ran it died without a word
    planned   // nothing was started yet
};
[[nodiscard]] std::string_view to_string(RunState state);

struct RunStatus {
    std::string folder;
    RunState state = RunState::planned;
    bool is_command = false;  // any command, not an analysis: nothing is merged
    bool copied = false;      // the folder is a copy of the one that runs or ran
    std::string host;
    pid_t pid = 0;
    double elapsed_s = 0.0;                // of the newest start
    std::optional<double> eta_s, heard_s;  // until its end; since the last status, where it is written elsewhere
    std::string why;                       // it failed
    std::optional<int> signal, exit_code;
    unsigned starts = 0;
    std::size_t shards_done = 0, shards_total = 0;
    std::size_t dropped_bytes = 0, damaged_lines = 0;
    std::vector<StageStatus> stages;
    std::optional<MergeStatus> merge;
    std::optional<QueueStatus> queue;
    std::vector<WorkerRecord> workers;  // of a run over several nodes
};

[[nodiscard]] RunStatus run_status(const RunRecords& records);

// "hlaunch-run-status" version 1; docs/schemas/run-status.schema.json.
[[nodiscard]] nlohmann::json to_json(const RunStatus& status);

// Of `hlaunch status`: 0 done, planned or going on with nothing failed; 1 else.
[[nodiscard]] int exit_code_of(const RunStatus& status);

}  // namespace hlaunch
