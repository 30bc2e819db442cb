#include "homodyne/app/nlsq_gate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "catch.h"

using namespace hlaunch::homodyne;
using nlohmann::json;

namespace {

// The real homodyne's fit of 6 angles x 200 frames, and what the shim measured of it.
NlsqResult good_fit() {
    NlsqResult out;
    out.convergence = "converged";
    out.reduced_chi_squared = 1.127;
    out.parameters = {{"contrast", 0.24993, 0.00019},
                      {"offset", 1.00001, 7.28e-05},
                      {"D0", 28044.9, 70.0},
                      {"alpha", -0.445575, 0.00306},
                      {"D_offset", 1679.66, 87.3}};
    return out;
}

NlsqExamination good_examination() {
    NlsqExamination out;
    out.improvement = 8e-7;
    out.over_constant = 5e6;
    out.parameters = {{"D0", 28044.9, 25000.0, 1000.0, 200000.0, 70.0},
                      {"alpha", -0.445575, -0.4, -1.5, 0.5, 0.00306},
                      {"D_offset", 1679.66, 1000.0, -10000.0, 10000.0, 87.3}};
    return out;
}

// The same scan where homodyne stratifies it: "converged".
NlsqResult start_values() {
    auto out = good_fit();
    out.parameters = {{"contrast", 0.3, 1e-05},
                      {"offset", 0.8, 1e-05},
                      {"D0", 25000.0, 1e-05},
                      {"alpha", -0.4, 1e-05},
                      {"D_offset", 1000.0, 1e-05}};
    return out;
}

NlsqExamination of_start_values() {
    auto out = good_examination();
    out.improvement = 1.04e3;
    out.better = {{"D0", 27419.1}, {"alpha", -0.442324}, {"D_offset", 1679.24}};
    out.over_constant = -831.0;
    out.doubted = true;
    const double values[] = {25000.0, -0.4, 1000.0};
    const double allowed[] = {3.05e4, 1.23, 3.79e4};
    for (std::size_t i = 0; i < 3; ++i) {
        out.parameters[i].value = values[i];
        out.parameters[i].cramer_rao = allowed[i];
    }
    return out;
}

bool tells(const std::vector<std::string>& problems, const std::string& words) {
    return std::ranges::any_of(problems, [&](const auto& text) { return text.find(words) != std::string::npos; });
}

}  // namespace

TEST_CASE("a fit at its minimum passes") {
    CHECK(nlsq_problems(good_fit(), good_examination()).empty());
}

TEST_CASE("start values that homodyne calls converged are refused, each sign of them told") {
    const auto problems = nlsq_problems(start_values(), of_start_values());
    CHECK(tells(problems, "D0, alpha, D_offset stand at the start values"));
    CHECK(tells(problems, "chi-squared falls by 1.04e+03 (limit 9) at D0 27419.1, alpha -0.442324, D_offset 1679.24"));
    CHECK(tells(problems, "no better than a constant"));
    CHECK(tells(problems, "the standard errors of D0, alpha, D_offset are homodyne's placeholder"));
    CHECK(tells(problems, "likely not optimized"));
    CHECK(problems.size() == 5);
}

TEST_CASE("each sign alone is enough") {
    auto fit = good_fit();
    auto examination = good_examination();
    SECTION("chi-squared is lower elsewhere") {
        examination.improvement = 9.1;
        CHECK(nlsq_problems(fit, examination).size() == 1);
        examination.improvement = 8.9;
        CHECK(nlsq_problems(fit, examination).empty());
    }
    SECTION("the improvement is no number") {
        examination.improvement = std::numeric_limits<double>::quiet_NaN();
        CHECK(nlsq_problems(fit, examination).size() == 1);
    }
    SECTION("a bound") {
        examination.parameters[1].value = 0.5;
        CHECK(tells(nlsq_problems(fit, examination), "alpha stands at a bound"));
        examination.parameters[1].value = 0.5 - 1e-4;
        CHECK(nlsq_problems(fit, examination).empty());
    }
    SECTION("no more than a constant") {
        examination.over_constant = -0.1;
        CHECK(nlsq_problems(fit, examination).size() == 1);
    }
    SECTION("the placeholder of an uncertainty, without an examination too") {
        fit.parameters[3].uncertainty = 1e-5;
        CHECK(tells(nlsq_problems(fit, examination), "the standard error of alpha is homodyne's placeholder"));
        CHECK(nlsq_problems(fit, {}).size() == 1);
        fit.parameters[3].uncertainty = 0.0;
        CHECK(nlsq_problems(fit, {}).size() == 1);
        fit.parameters[3].uncertainty = HUGE_VAL;  // left by a fit that had to begin again
        CHECK(tells(nlsq_problems(fit, {}), "alpha has no standard error"));
    }
    SECTION("an uncertainty that the data do not allow") {
        fit.parameters[2].uncertainty = 6.9;
        CHECK(tells(nlsq_problems(fit, examination), "the standard error of D0 is 6.9 where the data allow 70"));
        fit.parameters[2].uncertainty = 701.0;
        CHECK(nlsq_problems(fit, examination).size() == 1);
        fit.parameters[2].uncertainty = 699.0;
        CHECK(nlsq_problems(fit, examination).empty());
    }
    SECTION("homodyne's own doubt") {
        examination.doubted = true;
        CHECK(nlsq_problems(fit, examination).size() == 1);
    }
    SECTION("an examination that failed") {
        NlsqExamination failed;
        failed.error = "out of memory";
        CHECK(tells(nlsq_problems(fit, failed), "could not be examined: out of memory"));
    }
}

TEST_CASE("a fit that was started at the minimum stays there and is right") {
    auto examination = good_examination();
    for (auto& parameter : examination.parameters) parameter.start = parameter.value;
    CHECK(nlsq_problems(good_fit(), examination).empty());
}

TEST_CASE("a fit after a failed attempt counts where it is shown to be a minimum") {
    auto fit = good_fit();
    fit.convergence = "converged_with_recovery";
    CHECK(nlsq_problems(fit, good_examination()).empty());
    CHECK(nlsq_problems(fit, {}).size() == 1);
}

TEST_CASE("what the shim writes is read, and nothing else") {
    json parameter{
        {"value", 28044.9}, {"start", nullptr}, {"low", 1000.0}, {"high", 200000.0}, {"cramer_rao", nullptr}};
    json examination{{"improvement", 0.25},
                     {"at", "D0"},
                     {"values", {{"D0", 28050.0}}},
                     {"over_constant", 5e6},
                     {"parameters", {{"D0", parameter}}},
                     {"doubted_by_homodyne", true}};
    const auto read = examination_from_json(examination);
    CHECK(read.improvement == 0.25);
    CHECK(read.doubted);
    CHECK(read.better.front().second == 28050.0);
    CHECK(!read.parameters.front().start);
    CHECK(!read.parameters.front().cramer_rao);
    examination["improvement"] = nullptr;  // not finite
    CHECK(std::isinf(examination_from_json(examination).improvement));
    CHECK(examination_from_json({{"error", "no model"}}).error == "no model");
    for (const auto& bad : {json::object(), json::array(), json(nullptr), json{{"values", 3}}, json{{"error", 3}}})
        CHECK_THROWS_AS(examination_from_json(bad), hlaunch::Error);
}
