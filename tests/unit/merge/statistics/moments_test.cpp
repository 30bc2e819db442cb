#include "merge/statistics/moments.h"

#include "catch.h"
#include "merge/references.h"

using namespace hlaunch;
using namespace references;

TEST_CASE("weighted moments and Mardia's measures agree with NumPy") {
    const NpzReader npz = reference("mardia.npz");
    const Eigen::MatrixXd x = matrix(npz, "x");
    const Eigen::VectorXd w = vector(npz, "w");
    const Moments got = weighted_moments(x, 7.0 * w);
    CHECK((got.mean - vector(npz, "mean")).norm() < 1e-12);
    CHECK((got.covariance - matrix(npz, "covariance")).norm() < 1e-12);
    const Mardia shape = mardia(x, w);
    CHECK(shape.skewness == Approx(vector(npz, "skewness")(0)).epsilon(1e-10));
    CHECK(shape.excess_kurtosis == Approx(vector(npz, "excess")(0)).epsilon(1e-10));
    CHECK(shape.distance > 0.1);
    CHECK(effective_count(Eigen::VectorXd::Constant(50, 3.0)) == Approx(50.0));
}
