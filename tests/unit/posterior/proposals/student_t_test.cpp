#include <cmath>

#include "catch.h"
#include "merge/statistics/moments.h"
#include "posterior/densities.h"
#include "posterior/proposals/psis.h"
#include "posterior/proposals/student_t.h"

using namespace hlaunch;

TEST_CASE("streams of one seed differ, and are those of the seed") {
    RandomStream a(1, 2), again(1, 2), other(1, 3), third(2, 2);
    const double first = a.uniform();
    CHECK(first == again.uniform());
    CHECK(first != other.uniform());
    CHECK(first != third.uniform());
    double sum = 0.0;
    for (int i = 0; i < 20000; ++i) sum += a.chi_square(8);
    CHECK(sum / 20000.0 == Approx(8.0).margin(4.0 * 4.0 / std::sqrt(20000.0)));
}

TEST_CASE("the log density of a t is SciPy's") {
    // scipy.stats.multivariate_t([1, -2], [[2, .6], [.6, .5]], df=8).logpdf([[1, -2], [2, -1], [-30, 4]])
    Eigen::Matrix2d scale;
    scale << 2.0, 0.6, 0.6, 0.5;
    const StudentT t(Eigen::Vector2d(1, -2), scale);
    Eigen::MatrixXd points(3, 2);
    points << 1, -2, 2, -1, -30, 4;
    const Eigen::VectorXd got = t.log_densities(t.squared_distances(points));
    CHECK(got(0) == Approx(-1.6147335150951356).epsilon(1e-12));
    CHECK(got(1) == Approx(-2.7460519083474026).epsilon(1e-12));
    CHECK(got(2) == Approx(-26.7506845674627).epsilon(1e-12));
}

TEST_CASE("draws of a mixture have its moments, and its density is normalised") {
    const Eigen::MatrixXd scale = posterior_test::chosen_covariance(4);
    const Eigen::VectorXd far = 30.0 * scale.diagonal().cwiseSqrt();
    const MixtureOfT mixture({StudentT(Eigen::VectorXd::Zero(4), scale), StudentT(far, 0.25 * scale)},
                             Eigen::Vector2d(3.0, 1.0));
    RandomStream random(7, 0);
    const Eigen::MatrixXd draws = mixture.draw(40000, random);
    Eigen::Index of_second = 0;
    for (Eigen::Index i = 0; i < draws.rows(); ++i) of_second += draws(i, 0) > 0.5 * far(0) ? 1 : 0;
    CHECK(std::abs(of_second - 10000) <= 3);  // stratified: only the rounding and a far draw or two
    const Moments first = moments(draws.topRows(30000));
    const Eigen::MatrixXd expected = 8.0 / 6.0 * scale;  // degrees / (degrees - 2)
    CHECK((correlation(first.covariance) - correlation(expected)).cwiseAbs().maxCoeff() < 0.03);
    for (Eigen::Index k = 0; k < 4; ++k) CHECK(first.covariance(k, k) / expected(k, k) == Approx(1.0).margin(0.05));
    // Weights of draws from another proposal that covers it: their mean is 1.
    const MixtureOfT wide({StudentT(Eigen::VectorXd::Zero(4), 2.0 * scale), StudentT(far, scale)},
                          Eigen::Vector2d(1.0, 1.0));
    const Eigen::MatrixXd there = wide.draw(20000, random);
    const Eigen::VectorXd ratio = (mixture.log_density(there) - wide.log_density(there)).array().exp();
    CHECK(ratio.mean() == Approx(1.0).margin(0.03));
}

TEST_CASE("a covariance that is none is repaired, a good one is left") {
    const Eigen::MatrixXd good = posterior_test::chosen_covariance(6);
    CHECK(positive_definite(good).isApprox(good, 1e-12));
    Eigen::Matrix3d bad;
    bad << 1.0, 2.0, NAN, 2.0, 1.0, 0.0, NAN, 0.0, -4.0;
    const Eigen::MatrixXd repaired = positive_definite(bad);
    CHECK(repaired.allFinite());
    CHECK(Eigen::LLT<Eigen::MatrixXd>(repaired).info() == Eigen::Success);
    const StudentT t(Eigen::Vector3d::Zero(), bad);
    RandomStream random(1, 1);
    CHECK(t.draw(random).allFinite());
    CHECK(t.log_densities(t.squared_distances(Eigen::MatrixXd::Zero(1, 3))).allFinite());
}
