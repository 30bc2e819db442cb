#include "merge/statistics/convergence.h"

#include <cmath>
#include <string>

#include "catch.h"
#include "merge/references.h"

using namespace hlaunch;
using namespace references;

TEST_CASE("R-hat and ESS agree with ArviZ") {
    const NpzReader npz = reference("convergence.npz");
    for (const char* name :
         {"independent", "sticky", "antithetic", "apart", "scales", "cauchy", "ties", "one", "short"}) {
        INFO(name);
        const Eigen::VectorXd expected = vector(npz, std::string(name) + "_expected");
        const Convergence got = convergence(matrix(npz, name).transpose());
        CHECK(got.r_hat == Approx(expected(0)).epsilon(1e-10));
        CHECK(got.ess_bulk == Approx(expected(1)).epsilon(1e-8));
        CHECK(got.ess_tail == Approx(expected(2)).epsilon(1e-8));
    }
}

TEST_CASE("draws that cannot be judged give NaN, not a good number") {
    Eigen::MatrixXd draws = Eigen::MatrixXd::Constant(100, 2, 3.0);
    CHECK(std::isnan(convergence(draws).r_hat));
    CHECK(std::isnan(convergence(draws).ess()));
    draws(5, 1) = NAN;
    CHECK(std::isnan(convergence(draws).r_hat));
    draws(5, 1) = INFINITY;
    CHECK(std::isnan(convergence(draws).ess()));
    CHECK(std::isnan(convergence(Eigen::MatrixXd::Random(3, 2)).r_hat));
    draws = Eigen::MatrixXd::Constant(100, 2, 3.0);
    draws.col(1).setConstant(4.0);  // each chain stuck at its own place
    CHECK_FALSE(convergence(draws).r_hat < 1.1);
}
