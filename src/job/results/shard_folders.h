// Where the shards of a run may have been left: by its own parts, and by the workers of other nodes.
#pragma once

#include <string>
#include <vector>

#include "plan/run_folder.h"

namespace hlaunch {

// parts/NNN/shards and workers/NAME/parts/NNN/shards, those that are there, sorted.
[[nodiscard]] std::vector<std::string> shard_folders(const RunFolder& folder);

}  // namespace hlaunch
