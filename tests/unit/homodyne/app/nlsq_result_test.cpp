#include "homodyne/app/nlsq_result.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "catch.h"

using hlaunch::homodyne::read_nlsq_result;
using nlohmann::json;

namespace {
json good() {
    return {{"convergence_status", "converged"},
            {"reduced_chi_squared", 1.2},
            {"parameters", {{"D0", {{"value", 30000.0}, {"uncertainty", 400.0}}}}}};
}
}  // namespace

TEST_CASE("a converged fit is one to build on") {
    const auto fit = read_nlsq_result(good());
    CHECK(fit.problems.empty());
    CHECK(fit.parameters.front().value == 30000.0);
}

TEST_CASE("exit code 0 is not believed") {
    auto fit = good();
    fit["convergence_status"] = "failed";
    CHECK(read_nlsq_result(fit).problems.size() == 1);
    fit = good();
    fit["parameters"]["D0"]["value"] = nullptr;  // homodyne's NaN
    CHECK(read_nlsq_result(fit).problems.size() == 1);
    fit = good();
    fit["parameters"] = json::object();
    fit["reduced_chi_squared"] = nullptr;
    CHECK(read_nlsq_result(fit).problems.size() == 2);
    CHECK_THROWS_AS(read_nlsq_result(json::object()), hlaunch::Error);
}
