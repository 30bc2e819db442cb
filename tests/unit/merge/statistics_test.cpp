// Against SciPy and ArviZ; tests/data/merge/make_references.py made the numbers.
#include <cmath>

#include "catch.h"
#include "merge/convergence.h"
#include "merge/moments.h"
#include "merge/normal_draws.h"
#include "merge/npz.h"
#include "merge/pareto.h"
#include "merge/special_functions.h"

using namespace hlaunch;

namespace {

const NpzReader reference(const char* name) {
    return NpzReader(std::string(HLAUNCH_TEST_DATA "/merge/") + name);
}

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::MatrixXd matrix(const NpzReader& npz, const std::string& name) {
    const NpyArray array = npz.read(name);
    const std::vector<double> values = array.numbers();
    return Eigen::Map<const RowMajor>(values.data(), static_cast<Eigen::Index>(array.shape().at(0)),
                                      static_cast<Eigen::Index>(array.shape().at(1)));
}

Eigen::VectorXd vector(const NpzReader& npz, const std::string& name) {
    const std::vector<double> values = npz.read(name).numbers();
    return Eigen::Map<const Eigen::VectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

}  // namespace

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

TEST_CASE("Pareto k agrees with ArviZ") {
    const NpzReader npz = reference("pareto.npz");
    for (const char* name : {"light", "heavy", "pareto", "few"}) {
        INFO(name);
        CHECK(pareto_k(vector(npz, name)) == Approx(vector(npz, std::string(name) + "_expected")(0)).epsilon(1e-8));
    }
    CHECK(pareto_k(Eigen::VectorXd::Zero(100)) < 0.0);
    CHECK(pareto_k(Eigen::VectorXd::Constant(100, NAN)) > 1.0);
}

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
