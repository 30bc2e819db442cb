// The objects of a machine as JSON, OS indices throughout: docs/schemas/topo.schema.json.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "topology/machine.h"

namespace hlaunch {

// {"packages": [...], "numa_nodes": [...], "l3": [...], "cores": [...], "limits": {...}}
[[nodiscard]] nlohmann::json to_json(const Machine& machine);

}  // namespace hlaunch
