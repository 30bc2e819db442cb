#include "merge/statistics/normal_draws.h"

#include <random>

#include "catch.h"
#include "merge/statistics/moments.h"
#include "merge/statistics/special_functions.h"

using namespace hlaunch;

TEST_CASE("standardised normal draws have exact moments and are the same everywhere") {
    NormalDraws normal(1);
    const Eigen::MatrixXd draws = normal.standardised(4000, 3);
    const Moments got = moments(draws);
    CHECK(got.mean.norm() < 1e-12);
    CHECK((got.covariance - Eigen::MatrixXd::Identity(3, 3)).norm() < 1e-12);
    CHECK(mardia(draws, Eigen::VectorXd::Ones(4000)).distance < 0.01);
    // mt19937_64's first output for seed 1 is fixed by the standard.
    CHECK(NormalDraws(1).next() == normal_quantile((static_cast<double>(std::mt19937_64(1)() >> 11) + 0.5) * 0x1p-53));
}
