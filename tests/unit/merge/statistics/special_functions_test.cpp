#include "merge/statistics/special_functions.h"

#include <cmath>

#include "catch.h"
#include "merge/references.h"

using namespace hlaunch;
using namespace references;

TEST_CASE("normal quantile and chi-square survival agree with SciPy") {
    const NpzReader npz = reference("distributions.npz");
    const Eigen::VectorXd p = vector(npz, "p");
    const Eigen::VectorXd quantile = vector(npz, "quantile");
    for (Eigen::Index i = 0; i < p.size(); ++i) CHECK(normal_quantile(p(i)) == Approx(quantile(i)).epsilon(1e-12));
    const Eigen::MatrixXd chi = matrix(npz, "chi");
    const Eigen::VectorXd survival = vector(npz, "survival");
    for (Eigen::Index i = 0; i < chi.rows(); ++i)
        CHECK(chi_square_survival(chi(i, 0), chi(i, 1)) == Approx(survival(i)).epsilon(1e-10));
    CHECK(std::isnan(normal_quantile(0.0)));
    CHECK(chi_square_survival(-1.0, 3.0) == 1.0);
    CHECK(chi_square_survival(INFINITY, 3.0) == 0.0);
}
