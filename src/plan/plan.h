// The Plan: what is to run where, decided once, consumed unchanged by run, script and worker.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "plan/placement.h"

namespace hlaunch {

// One process tree to start: what, where (index into placements), with which environment on top of the
// user's own; a variable mapped to nothing is removed.
struct Instance {
    unsigned part = 0;
    unsigned placement = 0;         // index into Plan::placements
    bool on_whole_machine = false;  // Plan::whole_machine instead
    std::vector<std::string> argv;
    std::map<std::string, std::string> env;
    std::vector<std::string> unset_env;
    std::string cwd;
};

struct Stage {
    std::string name;  // "nlsq", "cmc", "evaluate", "command"
    std::vector<Instance> instances;
};

// One piece of work. For shard slices: which shards of the one run.
struct Part {
    unsigned index = 0;
    std::string kind;                // "shards", "replica", "whole", "command", "scan"
    std::vector<unsigned> shards;    // global shard indices, longest first
    double cost = 0.0;               // of the application's own schedule, points-like
    std::uint64_t memory_bytes = 0;  // forecast peak
    unsigned workers = 0;            // processes that compute at once
    std::string name = {};           // of a scan
};

struct Plan {
    MachineSummary machine;
    std::vector<Placement> placements;
    std::optional<Placement> whole_machine;  // for a lone instance that no single placement holds
    IdSet reserved_cpus;
    std::vector<Part> parts;
    std::vector<Stage> stages;
    std::vector<std::string> reasons;
    std::vector<std::string> warnings;
};

// The machine and its placements with their reasons; no parts, no stages.
[[nodiscard]] Plan plan_of_placements(const Machine& machine, const PlacementRequest& request);

// "hlaunch-plan" version 1; docs/schemas/plan.schema.json.
[[nodiscard]] nlohmann::json to_json(const Plan& plan);
[[nodiscard]] nlohmann::json to_json(const MachineSummary& machine);
[[nodiscard]] nlohmann::json to_json(const Placement& placement);
[[nodiscard]] Plan plan_from_json(const nlohmann::json& json);  // throws usage Error on another format

}  // namespace hlaunch
