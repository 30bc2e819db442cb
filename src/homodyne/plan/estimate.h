// What an analysis will need on each placement, before anything is started.
#pragma once

#include <optional>
#include <vector>

#include "homodyne/app/facts.h"
#include "homodyne/app/nlsq_memory.h"
#include "homodyne/plan/planner.h"

namespace hlaunch::homodyne {

struct PlacementEstimate {
    unsigned placement = 0;
    std::uint64_t memory_bytes = 0;
    std::optional<NlsqMemory> nlsq;  // absent where the placement's memory is not known
    // Below only where a survey asked about the data.
    std::uint64_t nlsq_bytes = 0;  // forecast of the whole process tree
    unsigned workers = 0;          // of CMC; 0: no CMC
    std::uint64_t cmc_bytes = 0;
    [[nodiscard]] unsigned instances_that_fit() const;  // by the larger of the two; 0 where nothing is known
};

// homodyne's own figures alone.
[[nodiscard]] std::vector<PlacementEstimate> estimate(const std::vector<Placement>& placements, std::uint64_t points,
                                                      unsigned parameters, double memory_fraction);
// With hlaunch's forecasts.
[[nodiscard]] std::vector<PlacementEstimate> estimate(const std::vector<Placement>& placements, const Facts& facts,
                                                      const AnalysisRequest& request);

}  // namespace hlaunch::homodyne
