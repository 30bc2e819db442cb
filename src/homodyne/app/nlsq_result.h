// Whether an NLSQ result is one to build on: homodyne exits 0 over fits that are none.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace hlaunch::homodyne {

struct NlsqParameter {
    std::string name;
    double value = 0.0;
    double uncertainty = 0.0;  // standard error; NaN where homodyne gives none
};

struct NlsqResult {
    std::string convergence;  // homodyne's convergence_status
    double reduced_chi_squared = 0.0;
    std::vector<NlsqParameter> parameters;
    std::vector<std::string> problems;  // why it is not to be used; empty: fine
};

// json: nlsq/parameters.json. Throws failure Error when it is not of that form.
[[nodiscard]] NlsqResult read_nlsq_result(const nlohmann::json& json);

// The file that homodyne reads of what --nlsq-result names.
[[nodiscard]] std::string result_file_of(const std::string& nlsq_result);

}  // namespace hlaunch::homodyne
