#include "job/analysis/prepared.h"

#include <algorithm>
#include <cstdint>

#include "base/json_fields.h"

namespace hlaunch {

std::optional<Prepared> last_prepared(const std::vector<nlohmann::json>& events) {
    std::optional<Prepared> out;
    for (const auto& event : events)
        if (text_in(event, "event") == "prepared")
            out = Prepared{
                .config_hash = text_in(event, "config_hash"),
                .shard_key = text_in(event, "shard_key"),
                .min_shards = static_cast<unsigned>(std::min<std::uint64_t>(count_in(event, "min_shards"), 1U << 20U))};
    return out;
}

}  // namespace hlaunch
