// How an exact posterior came about, as plain values for reports and merge.json.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace hlaunch {

// The same posterior under another rule, by new weights of the same draws or draws of its own. In the order of the
// table of parameters.
struct PosteriorView {
    std::string name;         // "once", "twice": how often a pair of times counts; "yaml": the YAML's own priors
    std::string description;  // for people
    double k_hat = 0.0;       // infinite: the draws do not reach it
    double effective_draws = 0.0;
    bool own_draws = false;        // of draws of its own, where those of the posterior do not reach it
    std::vector<double> shift_sd;  // of the mean, in sd of the posterior that was asked for
    std::vector<double> sd_ratio;  // to the same sd
};

struct ExactRecord {
    std::string certified_by;  // "importance", "ensemble", "none"
    std::string coordinate;
    double k_hat = 0.0;
    double k_hat_limit = 0.0;
    double effective_draws = 0.0;
    double r_hat = 0.0;  // of the ensembles; 0: there were none
    std::int64_t evaluations = 0, quadratic_evaluations = 0, rounds = 0;
    double seconds = 0.0;
    std::int64_t points = 0;
    unsigned workers = 0;
    int pairs_counted = 2;                 // each pair of times, in the posterior that was asked for
    double distinct_share = 1.0;           // of the draws in samples.npz
    std::vector<double> q05, median, q95;  // by parameter of the table
    std::vector<PosteriorView> views;
    struct Basin {
        double share = 0.0;  // of the mass
        double log_density = 0.0;
        std::vector<std::pair<std::string, double>> parameters;
    };
    std::vector<Basin> basins;
    std::vector<std::string> steps;  // what was done, a line each
};

}  // namespace hlaunch
