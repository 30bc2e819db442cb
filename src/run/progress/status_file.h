// status.json of a run folder: what runs at this moment, for whoever asks from outside.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "run/journal/run_owner.h"
#include "run/progress/progress.h"

namespace hlaunch {

struct LiveStatus {
    std::string time;  // UTC, of this writing
    RunOwner owner;
    double elapsed_s = 0.0;  // since hlaunch was started, whatever the wall clock did meanwhile
    std::string stage;       // empty: before the first, and between two
    std::vector<InstanceProgress> instances;
    std::optional<double> eta_s;  // of the stage
    double grace_s = 30.0;        // from a stop to SIGKILL
    bool ended = false;
    std::optional<int> exit_code;  // once it has ended
};

// "hlaunch-status" version 1; docs/schemas/status.schema.json.
[[nodiscard]] nlohmann::json to_json(const LiveStatus& status);
// Of any JSON; nothing where it is no such status.
[[nodiscard]] std::optional<LiveStatus> live_status_from_json(const nlohmann::json& json);

// An instance as it is in status.json and in progress events.
[[nodiscard]] nlohmann::json to_json(const InstanceProgress& instance);

}  // namespace hlaunch
