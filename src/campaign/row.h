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

// Of one method on one scan.
struct Fit {
    std::vector<Estimate> parameters;
    std::optional<double> reduced_chi_squared;        // NLSQ
    std::optional<double> worst_r_hat, smallest_ess;  // CMC
    std::vector<std::string> accepted = {};           // checks that failed and were let pass
};

struct ScanRow {
    Scan scan;
    std::string status;           // done, failed, bad-input, waiting
    std::string outcome;          // the class of a failure: crashed, not-converged, ...
    std::string why;              // one line
    double q_per_angstrom = 0.0;  // as found in the data; 0: not known
    std::size_t angles = 0;
    std::optional<Fit> nlsq, cmc;
    double seconds = 0.0, cpu_seconds = 0.0;
    std::string key;  // of config, data, q and method together
    std::string data_hash, config_hash, version, host, time;
    [[nodiscard]] const std::optional<Fit>& best() const { return cmc ? cmc : nlsq; }
};

}  // namespace hlaunch
