#include "campaign/series_svg.h"

#include <fmt/format.h>

#include <random>

#include "catch.h"

using namespace hlaunch;

namespace {

ScanRow row(double q, double value, double sd, const std::string& config = "/c.yaml") {
    ScanRow out;
    out.status = "done";
    out.scan.config = config;
    out.q_per_angstrom = q;
    out.nlsq = Fit{{{"D0", value, sd}}, {}, {}, {}};
    return out;
}

std::size_t count(const std::string& text, const std::string& what) {
    std::size_t out = 0;
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += what.size()) ++out;
    return out;
}

}  // namespace

TEST_CASE("ticks are round and inside", "[campaign]") {
    CHECK(round_ticks(0.0, 10.0, 5) == std::vector<double>{0, 2, 4, 6, 8, 10});
    const auto ticks = round_ticks(0.0051, 0.0069, 4);
    REQUIRE(ticks.size() == 3);
    CHECK(ticks[0] == Approx(0.0055));
    CHECK(ticks[2] == Approx(0.0065));
    CHECK(round_ticks(1.0, 1.0, 5).empty());
}

TEST_CASE("ticks of any range are few, ascending and inside", "[campaign][property]") {
    const auto seed = 1U;  // the same cases each time
    INFO("seed " << seed);
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> exponent(-12.0, 12.0), mantissa(-1.0, 1.0);
    for (int i = 0; i < 2000; ++i) {
        const double low = mantissa(random) * std::pow(10.0, exponent(random));
        const double high = low + std::pow(10.0, exponent(random)) + std::abs(low) * 1e-9;
        const auto ticks = round_ticks(low, high, 6);
        CHECK(ticks.size() <= 8);
        for (std::size_t k = 0; k < ticks.size(); ++k) {
            CHECK(ticks[k] >= low - 1e-9 * std::abs(high - low));
            CHECK(ticks[k] <= high + 1e-9 * std::abs(high - low));
            if (k > 0) CHECK(ticks[k] > ticks[k - 1]);
        }
    }
}

TEST_CASE("a picture has each scan, and a mean where there are several of one q", "[campaign]") {
    const auto svg = series_svg({row(0.0054, 28000, 400), row(0.0054, 27000, 400), row(0.0066, 29000, 500)}, "D0", "");
    CHECK(count(svg, "<circle") == 4);  // and the legend's
    CHECK(count(svg, "<g class=\"mean\">") == 1);
    CHECK(svg.find("D0 against q") != std::string::npos);
    CHECK(svg.find("nan") == std::string::npos);
}

TEST_CASE("one scan, and one without sd, can be drawn", "[campaign]") {
    for (const double sd : {0.0, std::nan(""), 5.0}) {
        const auto svg = series_svg({row(0.0054, 28000, sd)}, "D0", "");
        CHECK(svg.find("nan") == std::string::npos);
        CHECK(svg.find("inf") == std::string::npos);
    }
    CHECK(series_svg({row(0.0054, 28000, 1)}, "alpha", "").empty());
    CHECK(series_svg({}, "D0", "").empty());
}

TEST_CASE("names of configs are escaped", "[campaign]") {
    const auto svg = series_svg({row(0.005, 1, 1, "/a<b>&.yaml"), row(0.006, 1, 1, "/c.yaml")}, "D0", "");
    CHECK(svg.find("a&lt;b&gt;&amp;.yaml") != std::string::npos);
}
