// Were the draws made under the priors that we believe in? The worst answer goes to the gate
// "priors".
#pragma once

#include <string>

#include "homodyne/sites/parameter_space.h"
#include "homodyne/sites/site_map.h"
#include "merge/merge.h"

namespace hlaunch {

// The largest difference met so far, relative to a parameter's range, and where.
struct PriorDifference {
    double value = 0.0;
    std::string where;
    unsigned compared = 0;  // sampled parameters that the config speaks of
    void see(double candidate, const std::string& at);
};

// Do the recorded parameters follow from the recorded sites by the map we believe in?
void check_recorded(const PosteriorPart& part, const SiteMap& map, PriorDifference& worst);
// Do centre, scale and bounds of the z sites equal the config's?
void check_config(const SiteMap& map, const ParameterSpace& config, PriorDifference& worst);

}  // namespace hlaunch
