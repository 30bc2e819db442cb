#include "homodyne/app/nlsq_result.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace hlaunch::homodyne {
namespace {

double number(const nlohmann::json& json, const char* key) {
    const auto at = json.find(key);
    return at != json.end() && at->is_number() ? at->get<double>() : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

NlsqResult read_nlsq_result(const nlohmann::json& json) {
    NlsqResult out;
    try {
        out.convergence = json.value("convergence_status", "unknown");
        out.reduced_chi_squared = number(json, "reduced_chi_squared");
        for (const auto& [name, entry] : json.at("parameters").items())
            out.parameters.push_back({name, number(entry, "value"), number(entry, "uncertainty")});
    } catch (const nlohmann::json::exception& error) {
        throw failure("the NLSQ result is not of homodyne's form: {}", error.what());
    }
    if (out.convergence != "converged" && out.convergence != "converged_with_recovery")
        out.problems.push_back(fmt::format("the fit's status is '{}'", out.convergence));
    if (!std::isfinite(out.reduced_chi_squared)) out.problems.emplace_back("its reduced chi-squared is no number");
    if (out.parameters.empty()) out.problems.emplace_back("it has no parameters");
    for (const auto& parameter : out.parameters)
        if (!std::isfinite(parameter.value)) out.problems.push_back(fmt::format("{} is no number", parameter.name));
    return out;
}

std::string result_file_of(const std::string& nlsq_result) {
    for (const char* name : {"/nlsq/parameters.json", "/parameters.json"})
        if (std::filesystem::is_regular_file(nlsq_result + name)) return nlsq_result + name;
    return nlsq_result;
}

}  // namespace hlaunch::homodyne
