// What the hooks say of the model whose density they serve: model.json (shim/hlaunch_shim/density/worker.py).
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "homodyne/sites/site_transform.h"

namespace hlaunch::homodyne {

struct DensityModel {
    std::vector<Site> sites;  // in the order of x; one that stands as its logarithm is a direct site without bounds
    std::vector<bool> logs;   // of these sites, which do
    std::vector<std::string> parameters;  // columns of a parameters answer
    TimeRange times;
    std::int64_t points = 0;
    int times_counted = 1;  // each point of a block, by homodyne: 2 where both triangles of the matrix are there
    unsigned blocks = 0;
    std::int64_t coarse_points =
        0;                     // of all blocks of the coarse subset, each once; as many as there are for a small scan
    double noise_scale = 0.0;  // homodyne's estimate, of which the prior of sigma is made
    bool yaml_priors = false;
    // homodyne's settings for its own sampler: of chains, of draws each, and of priors that the NLSQ fit makes.
    unsigned chains = 0, draws = 0;
    bool informed_priors = false;

    [[nodiscard]] Eigen::VectorXd prior_centre() const;  // x
    [[nodiscard]] Eigen::VectorXd prior_sd() const;      // of x; 1 where x is a logarithm
};

// Throws failure Error, naming where, if it is not of that form.
[[nodiscard]] DensityModel density_model_from(const nlohmann::json& json, const std::string& where);

}  // namespace hlaunch::homodyne
