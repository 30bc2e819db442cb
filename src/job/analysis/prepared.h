// What a run tells its workers of its preparation.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace hlaunch {

// What a run's preparation leaves for its workers, as its journal tells.
struct Prepared {
    std::string config_hash;  // of the user's YAML
    std::string shard_key;
    unsigned min_shards = 0;  // of placements that the shards are to fill
};
[[nodiscard]] std::optional<Prepared> last_prepared(const std::vector<nlohmann::json>& events);

}  // namespace hlaunch
