// Against ArviZ; tests/data/posterior/make_references.py made the numbers.
#include <cmath>

#include "catch.h"
#include "merge/npz/npz.h"
#include "posterior/densities.h"
#include "posterior/proposals/psis.h"
#include "posterior/proposals/random_stream.h"

using namespace hlaunch;
using posterior_test::none;

namespace {

Eigen::VectorXd psis_vector(const NpzReader& npz, const std::string& name) {
    const std::vector<double> values = npz.read(name).numbers();
    return Eigen::Map<const Eigen::VectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

}  // namespace

TEST_CASE("smoothed weights and k-hat agree with ArviZ") {
    const NpzReader npz(HLAUNCH_TEST_DATA "/posterior/psis.npz");
    for (const std::string name : {"light", "heavy", "pareto", "few", "bounded", "with_zeros"}) {
        INFO(name);
        const Eigen::VectorXd raw = psis_vector(npz, name);
        const Eigen::VectorXd expected = psis_vector(npz, name + "_smoothed");
        const SmoothedWeights got = smooth_weights(raw);
        CHECK(got.k_hat == Approx(psis_vector(npz, name + "_k_hat")(0)).margin(1e-8));
        double worst = 0.0;
        for (Eigen::Index i = 0; i < raw.size(); ++i) {
            if (std::isinf(raw(i)))
                CHECK(got.log_weights(i) == none);
            else
                worst = std::max(worst, std::abs(got.log_weights(i) - expected(i)));
        }
        CHECK(worst < 1e-8);
        CHECK(got.effective == Approx(1.0 / (2.0 * expected).array().exp().sum()));
    }
}

TEST_CASE("weights that cannot be smoothed are normalised, and never trusted where they are not alike") {
    CHECK(smooth_weights(Eigen::VectorXd::Zero(100)).k_hat < 0.0);
    CHECK(smooth_weights(Eigen::VectorXd::Zero(100)).effective == Approx(100.0));
    const SmoothedWeights nothing = smooth_weights(Eigen::VectorXd::Constant(100, none));
    CHECK(nothing.effective == 0.0);
    CHECK(nothing.k_hat > 1.0);
    CHECK(nothing.log_weights(0) == none);
    Eigen::VectorXd one = Eigen::VectorXd::Constant(1000, none);
    one(17) = -5.0;
    const SmoothedWeights single = smooth_weights(one);
    CHECK(single.k_hat > 1.0);
    CHECK(single.effective == Approx(1.0));
    CHECK(smooth_weights(Eigen::VectorXd(0)).effective == 0.0);
}

TEST_CASE("the limit of k-hat grows with the draws and is capped") {
    CHECK(k_hat_limit(100) == Approx(0.5));
    CHECK(k_hat_limit(1000) == Approx(2.0 / 3.0));
    CHECK(k_hat_limit(100000) == 0.7);
    CHECK(k_hat_limit(100000, 0.5) == 0.5);
    CHECK(k_hat_limit(1) < -1.0);
}

TEST_CASE("systematic resampling takes each draw as often as its weight says, up to one") {
    RandomStream random(5, 0);
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        INFO("seed " << seed);
        Eigen::VectorXd weights(200);
        for (double& weight : weights) weight = random.uniform() < 0.2 ? 0.0 : -std::log(random.uniform());
        const std::vector<Eigen::Index> rows = resample(weights, 1000, seed);
        REQUIRE(rows.size() == 1000);
        Eigen::VectorXd times = Eigen::VectorXd::Zero(200);
        for (const Eigen::Index row : rows) times(row) += 1.0;
        CHECK((times - 1000.0 * weights / weights.sum()).cwiseAbs().maxCoeff() < 1.0);
        CHECK(rows == resample(weights, 1000, seed));
    }
    CHECK(resample(Eigen::VectorXd::Zero(3), 5, 1).empty());
    CHECK(resample(Eigen::Vector3d(0, 1, 0), 4, 1) == std::vector<Eigen::Index>{1, 1, 1, 1});
}
