// Everything a run folder tells, read without touching it: no lock, no cut, nothing written. The folder may be a copy,
// damaged, or another's.
#pragma once

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "report/worker_records.h"
#include "run/journal/events.h"
#include "run/journal/run_owner.h"
#include "run/progress/status_file.h"

namespace hlaunch {

struct RunRecords {
    std::string folder;  // as typed
    std::vector<Event> events;
    std::size_t dropped_bytes = 0;   // of the journal: a torn tail, or a line in the writing
    std::size_t damaged_lines = 0;   // passed over
    nlohmann::json plan, merge;      // null: not there yet, or no JSON
    std::optional<LiveStatus> live;  // the newest status.json
    std::optional<RunOwner> owner;   // of status.json, else of the lock
    OwnerState owner_state = OwnerState::gone;
    std::set<unsigned> captured;        // shards on disk, of all parts and workers
    std::vector<WorkerRecord> workers;  // of a run over several nodes
    std::chrono::system_clock::time_point now;
};

// Throws usage Error where the folder is no run (it is not there, or has neither journal nor plan), infrastructure
// where its journal cannot be read; usage Error, too, where a newer hlaunch wrote it.
[[nodiscard]] RunRecords read_run_records(const std::filesystem::path& folder);

// Whether somebody works in it. On another host: as long as status.json is there and not marked ended, since the lock
// alone does not tell.
[[nodiscard]] bool is_going_on(const std::optional<LiveStatus>& live, const std::optional<RunOwner>& owner,
                               OwnerState state);

// Owner and state alone: cheap enough to ask again and again.
struct RunPulse {
    std::optional<LiveStatus> live;
    std::optional<RunOwner> owner;
    OwnerState state = OwnerState::gone;
    std::optional<uid_t> writer;  // of the file that names the owner; nothing where it is a link
    [[nodiscard]] bool going_on() const { return is_going_on(live, owner, state); }
};
[[nodiscard]] RunPulse read_pulse(const std::filesystem::path& folder);
// Throws as read_run_records does.
void check_is_run(const std::filesystem::path& folder);

}  // namespace hlaunch
