// What a captured shard says of the sampling while the others are still drawn.
#pragma once

#include <optional>
#include <string>

#include "run/watch/unit_tally.h"

namespace hlaunch {

// Draws over all chains, and the R-hat of its worst parameter. Nothing where it is no shard: the merge will say so.
[[nodiscard]] std::optional<UnitNews> shard_news(const std::string& path);

}  // namespace hlaunch
