#include "campaign/weighted.h"

#include <cmath>
#include <limits>
#include <random>

#include "catch.h"

using namespace hlaunch;

TEST_CASE("the mean weighted with 1/sd^2, by hand", "[campaign]") {
    // Weights 1 and 1/4: mean (10 + 20/4) / 1.25 = 12, variance 1/1.25, chi2 = 4 + 64/4 = 20.
    const auto mean = weighted_mean({{"D0", 10.0, 1.0}, {"D0", 20.0, 2.0}});
    CHECK(mean.count == 2);
    CHECK(mean.mean == Approx(12.0));
    CHECK(mean.sd == Approx(std::sqrt(0.8)));
    CHECK(mean.chi_squared == Approx(20.0));
    CHECK(mean.birge_ratio == Approx(std::sqrt(20.0)));
    CHECK(mean.scaled_sd == Approx(std::sqrt(0.8 * 20.0)));
}

TEST_CASE("scans that agree too well do not shrink the sd", "[campaign]") {
    const auto mean = weighted_mean({{"D0", 10.0, 1.0}, {"D0", 10.0, 1.0}});
    CHECK(mean.birge_ratio == 0.0);
    CHECK(mean.scaled_sd == Approx(mean.sd));
}

TEST_CASE("what has no sd has no weight", "[campaign]") {
    const auto none = std::numeric_limits<double>::quiet_NaN();
    CHECK(weighted_mean({{"D0", 10.0, none}, {"D0", 11.0, 0.0}, {"D0", none, 1.0}}).count == 0);
    CHECK(weighted_mean({{"D0", 10.0, none}, {"D0", 11.0, 2.0}}).mean == 11.0);
    CHECK(weighted_mean({}).count == 0);
}

TEST_CASE("of repeated scans the Birge ratio is about one", "[campaign][property]") {
    const auto seed = 1U;  // the same cases each time
    INFO("seed " << seed);
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    std::vector<Estimate> scans;
    for (int i = 0; i < 2000; ++i) {
        const double sd = 1.0 + i % 7;
        scans.push_back({"D0", 100.0 + sd * normal(random), sd});
    }
    const auto mean = weighted_mean(scans);
    CHECK(mean.birge_ratio == Approx(1.0).margin(0.09));  // 2000 degrees of freedom: 0.016 a sd
    CHECK(std::abs(mean.mean - 100.0) < 6.0 * mean.sd);
}

TEST_CASE("summaries keep configs and wavevectors apart, and leave out what failed", "[campaign]") {
    std::vector<ScanRow> rows(5);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i].scan.config = i == 3 ? "/other.yaml" : "/base.yaml";
        rows[i].status = "done";
        rows[i].q_per_angstrom = i == 2 ? 0.0066 : 0.0054;
        rows[i].nlsq = Fit{{{"D0", 10.0 + static_cast<double>(i), 1.0}}, 1.0, {}, {}};
    }
    rows[1].q_per_angstrom *= 1.0 + 1e-9;  // the same wavevector as another file writes it
    rows[4].status = "failed";
    const auto summaries = summarize(rows);
    REQUIRE(summaries.size() == 3);
    CHECK(summaries[0].mean.count == 2);
    CHECK(summaries[0].mean.mean == Approx(10.5));
    CHECK(summaries[1].q_per_angstrom == 0.0066);
    CHECK(summaries[2].config == "/other.yaml");
}

TEST_CASE("where CMC has run its estimates count", "[campaign]") {
    ScanRow row;
    row.status = "done";
    row.q_per_angstrom = 0.005;
    row.nlsq = Fit{{{"D0", 1.0, 1.0}}, {}, {}, {}};
    row.cmc = Fit{{{"D0", 2.0, 1.0}}, {}, {}, {}};
    CHECK(summarize({row}).front().mean.mean == 2.0);
}
