// What came of one scan: a row of the table.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "campaign/scan.h"

namespace hlaunch {

struct Estimate {
    std::string name;
    double value = 0.0, sd = 0.0;  // sd: NaN where the application gives none
};

// What an exact posterior says beside means and sd; lists are in the order of the fit's parameters.
struct Posterior {
    std::string verdict;       // certified, accepted (a failed check was let pass) or refused
    std::string certified_by;  // importance, ensemble or none
    std::string pairs;         // once or twice: how often each pair of times counts in sd and quantiles
    std::string priors;        // which ones, for people
    std::string key;           // of the options that decide it
    double k_hat = 0.0, effective_draws = 0.0;
    std::optional<double> r_hat;  // of the ensembles, where there were any
    std::uint64_t evaluations = 0;
    std::vector<double> q05, median, q95;
    std::vector<double> sd_once, sd_twice;  // by how often pairs count; NaN: the draws do not reach it
    std::vector<std::vector<double>> correlations;
};

// Of one method on one scan.
struct Fit {
    std::vector<Estimate> parameters;
    std::optional<double> reduced_chi_squared;        // NLSQ
    std::optional<double> worst_r_hat, smallest_ess;  // CMC
    std::vector<std::string> accepted = {};           // checks that failed and were let pass
    std::optional<Posterior> posterior = {};          // exact; where it is refused there are no parameters
};

struct ScanRow {
    Scan scan;
    std::string status;           // done, failed, bad-input, waiting
    std::string outcome;          // the class of a failure: crashed, not-converged, ...
    std::string why;              // one line
    double q_per_angstrom = 0.0;  // as found in the data; 0: not known
    std::size_t angles = 0;
    std::optional<Fit> nlsq, cmc, exact;
    double seconds = 0.0, cpu_seconds = 0.0;
    std::string key;  // of config, data, q and method together
    std::string data_hash, config_hash, version, host, time;
    [[nodiscard]] const std::optional<Fit>& best() const { return exact ? exact : cmc ? cmc : nlsq; }
};

}  // namespace hlaunch
