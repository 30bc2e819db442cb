#include "homodyne/density/density_model.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "catch.h"

namespace hlaunch::homodyne {
namespace {

nlohmann::json model_json() {
    return nlohmann::json::parse(R"({"format": "hlaunch-density", "version": 1, "noise_scale": 0.02,
        "sites": [{"name": "alpha", "kind": "direct", "parameter": "alpha", "log": false, "low": -2.0, "high": 2.0,
                   "prior_loc": -0.4, "prior_scale": 0.3, "full_prior_scale": 0.3},
                  {"name": "sigma", "log": true}],
        "parameters": ["alpha", "sigma"], "points": 1518, "times_counted": 2, "dt": 0.1, "t_max": 2.3, "t_ref": null,
        "blocks": 3, "coarse_points": 759, "yaml_priors": true, "chains": 4, "draws": 500, "informed_priors": false})");
}

// What it is refused with; empty: it is not.
std::string refusal_of(const nlohmann::json& json) {
    try {
        static_cast<void>(density_model_from(json, "a/model.json"));
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("a model is read as the hooks write it") {
    const auto model = density_model_from(model_json(), "model.json");
    REQUIRE(model.sites.size() == 2);
    CHECK(model.logs == std::vector<bool>{false, true});
    CHECK(model.sites[1].parameter == "log_sigma");
    CHECK(model.prior_centre()(0) == -0.4);
    CHECK(model.prior_centre()(1) == Approx(std::log(0.02)));
    CHECK(model.prior_sd()(1) == 1.0);
    CHECK(model.times_counted == 2);
    CHECK(model.coarse_points == 759);
    CHECK_FALSE(model.times.t_ref);
    CHECK(model.chains == 4);
    CHECK(model.yaml_priors);
}

TEST_CASE("what is of another version, or lacks something, is refused with its path") {
    auto other = model_json();
    other["version"] = 2;
    CHECK(refusal_of(other).find("a/model.json is of another version") != std::string::npos);
    for (const auto* key : {"sites", "points", "blocks", "chains", "t_ref"}) {
        INFO(key);
        auto json = model_json();
        json.erase(key);
        CHECK(refusal_of(json).find("a/model.json") != std::string::npos);
    }
    CHECK_FALSE(refusal_of(nlohmann::json()).empty());
}

}  // namespace hlaunch::homodyne
