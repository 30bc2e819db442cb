#include "homodyne/plan/estimate.h"

#include <algorithm>

#include "homodyne/plan/forecast.h"

namespace hlaunch::homodyne {

unsigned PlacementEstimate::instances_that_fit() const {
    const auto need = std::max(nlsq_bytes, cmc_bytes);
    return need == 0 ? 0 : static_cast<unsigned>(memory_bytes / need);
}

std::vector<PlacementEstimate> estimate(const std::vector<Placement>& placements, std::uint64_t points,
                                        unsigned parameters, double memory_fraction) {
    std::vector<PlacementEstimate> out;
    for (const auto& placement : placements) {
        PlacementEstimate one;
        one.placement = placement.index;
        one.memory_bytes = placement.memory_bytes;
        if (placement.memory_bytes > 0)
            one.nlsq = nlsq_memory(points, parameters, placement.memory_bytes, memory_fraction);
        out.push_back(one);
    }
    return out;
}

std::vector<PlacementEstimate> estimate(const std::vector<Placement>& placements, const Facts& facts,
                                        const AnalysisRequest& request) {
    // Not the YAML's memory_fraction: homodyne 2.23.3 does not read it for this choice.
    auto out = estimate(placements, facts.data_points, facts.nlsq_parameters, default_memory_fraction);
    for (std::size_t i = 0; i < out.size(); ++i) {
        out[i].nlsq_bytes = scaled(forecast_nlsq_bytes(facts), learned_factor(request, facts, "nlsq"));
        if (facts.num_shards == 0) continue;
        out[i].workers = std::min(planned_workers(placements[i], request, facts), facts.num_shards);
        out[i].cmc_bytes = scaled(forecast_cmc_bytes(facts, out[i].workers), learned_factor(request, facts, "cmc"));
    }
    return out;
}

}  // namespace hlaunch::homodyne
