// Whether an NLSQ fit is one to build on. homodyne says "converged" of fits that never left their start values, so the
// fit is judged by what its own model says of the data, measured by shim/hlaunch_shim/examine.py.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "homodyne/app/nlsq_result.h"

namespace hlaunch::homodyne {

struct ExaminedParameter {
    std::string name;
    double value = 0.0;
    std::optional<double> start;       // of the YAML
    double low = 0.0, high = 0.0;      // bounds
    std::optional<double> cramer_rao;  // the standard error that the data allow
};

struct NlsqExamination {
    std::string error;         // why there are no figures; empty: there are
    double improvement = 0.0;  // fall of chi-squared at the best point tried, in residual variances
    std::vector<std::pair<std::string, double>> better;  // its physical values
    double over_constant = 0.0;                 // fall of chi-squared from a constant for each angle to the fit
    bool doubted = false;                       // homodyne's log: "likely NOT optimized"
    std::vector<ExaminedParameter> parameters;  // the physical ones
};

// Throws infrastructure Error when it is not of that form.
[[nodiscard]] NlsqExamination examination_from_json(const nlohmann::json& json);

// The limits, in one place. Standard errors of homodyne count each pair of times twice, and so does chi-squared here.
struct NlsqLimits {
    double improvement = 9.0;   // three of homodyne's standard errors
    double error_ratio = 10.0;  // claimed against allowed by the data, either way
    double at_start = 1e-9;     // of the start value
    double at_bound = 1e-6;     // of the distance of the bounds
};

// Why the fit is not to be used; empty: fine. Without an examination (an application whose model is not known) by its
// file alone. Each is one clause of a sentence.
[[nodiscard]] std::vector<std::string> nlsq_problems(const NlsqResult& fit,
                                                     const std::optional<NlsqExamination>& examination,
                                                     const NlsqLimits& limits = {});

}  // namespace hlaunch::homodyne
