// What the workers of a run have done, from their own folders; nothing is touched. Any folder may be damaged.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "plan/run_folder.h"

namespace hlaunch {

struct WorkerRecord {
    std::string name;           // of its folder: "slurm-7-1"
    std::string host;           // "": unknown
    std::string state;          // running | done | failed | stopped | gone (ended without a word)
    std::string why;            // of failed, stopped and gone
    std::set<unsigned> shards;  // on disk
    // Of an exact posterior: rounds it has answered, told at its end; 0 while it works. Nothing: it draws shards.
    std::optional<std::uint64_t> rounds{};
};

// By name. Those at work are known by the lock of their journal.
[[nodiscard]] std::vector<WorkerRecord> worker_records(const RunFolder& run);
// "worker slurm-7-1 on node2: part 001 ended with ..."
[[nodiscard]] std::string trouble_text(const WorkerRecord& worker);

// Shards of any folder below parts/: which part holds one may differ between two starts.
[[nodiscard]] std::set<unsigned> shards_on_disk(const RunFolder& run);

}  // namespace hlaunch
