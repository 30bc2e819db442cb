#include "posterior/maxima.h"
#include "catch.h"
#include "posterior/densities.h"
#include "posterior/proposals/counted_density.h"

using namespace hlaunch;
using namespace posterior_test;

TEST_CASE("a Gaussian's maximum, covariance and evidence are exact, in a few batches for all starts") {
    const Eigen::VectorXd mean = Eigen::VectorXd::LinSpaced(12, -3.0, 5.0);
    const Eigen::MatrixXd covariance = chosen_covariance(12);
    Residuals density = gaussian(mean, covariance);
    CountedDensity counted(density);
    Eigen::MatrixXd starts = Eigen::MatrixXd::Zero(3, 12);
    starts.row(1).setConstant(40.0);
    starts.row(2) = mean.transpose();
    const MaximaResult found = find_maxima(counted, starts);
    REQUIRE(found.maxima.size() == 1);
    const Maximum& maximum = found.maxima.front();
    CHECK(maximum.converged);
    CHECK(maximum.starts == 3);
    CHECK((maximum.x - mean).cwiseQuotient(covariance.diagonal().cwiseSqrt()).cwiseAbs().maxCoeff() < 1e-2);
    CHECK(maximum.covariance.isApprox(covariance, 1e-6));
    const double evidence = 6.0 * std::log(2.0 * std::numbers::pi) + 0.5 * std::log(covariance.determinant());
    CHECK(maximum.log_evidence == Approx(evidence).margin(1e-4));
    CHECK(counted.batches() <= 6);
    CHECK(counted.quadratic_evaluations() <= 15);
}

TEST_CASE("all starts reach the ridge's maximum") {
    for (const double sigma : {0.001, 0.01, 0.05}) {
        INFO("sigma " << sigma);
        Ridge density(sigma, 1.0);
        Eigen::MatrixXd starts(5, 3);
        starts << 0, 0, -1, .5, .3, -2, -1, -.5, 0, 0, -1, -1, 2, 0, 1;
        const MaximaResult found = find_maxima(density, starts);
        REQUIRE(found.maxima.size() == 1);
        CHECK(found.maxima.front().converged);
        CHECK(found.maxima.front().starts == 5);
        CHECK(found.rounds < 40);
        const QuadraticForm form = density.quadratic(found.maxima.front().x.transpose()).front();
        CHECK(form.gradient.dot(found.maxima.front().covariance * form.gradient) < 1e-5);
    }
}

TEST_CASE("two basins are two maxima, however many starts lead to each") {
    Analytic density(2, [](const Eigen::VectorXd& x) {
        const double a = -0.5 * x.squaredNorm();
        const double b = -1.0 - 2.0 * (x - Eigen::Vector2d(10, 0)).squaredNorm();
        return std::max(a, b) + std::log1p(std::exp(-std::abs(a - b)));
    });
    Eigen::MatrixXd starts(5, 2);
    starts << 1, 1, 0.5, -0.4, 9.8, 0.1, -1, 0, 10.2, -0.2;
    const MaximaResult found = find_maxima(density, starts);
    REQUIRE(found.maxima.size() == 2);
    CHECK(found.maxima[0].x.norm() < 0.01);
    CHECK(found.maxima[0].starts == 3);
    CHECK(found.maxima[1].x(0) == Approx(10.0).margin(0.01));
    CHECK(found.maxima[1].starts == 2);
    CHECK(found.maxima[0].log_evidence - found.maxima[1].log_evidence == Approx(1.0 + std::log(4.0)).margin(0.01));
}

TEST_CASE("a maximum at a bound is approached and called not converged; starts outside are counted") {
    Analytic density(2, [](const Eigen::VectorXd& x) { return x(0) < 0.5 ? none : -0.5 * x.squaredNorm(); });
    Eigen::MatrixXd starts(3, 2);
    starts << 2, 1, 0, 0, 1, -1;
    const MaximaResult found = find_maxima(density, starts);
    CHECK(found.starts_outside == 1);
    REQUIRE(found.maxima.size() == 1);
    CHECK_FALSE(found.maxima.front().converged);
    CHECK(found.maxima.front().x(0) >= 0.5);
    CHECK(found.maxima.front().x(0) < 0.7);
    CHECK(found.rounds < 60);
    starts.col(0).setConstant(-1.0);
    CHECK(find_maxima(density, starts).maxima.empty());
}

TEST_CASE("a direction without curvature is no failure") {
    Analytic density(2, [](const Eigen::VectorXd& x) { return -0.5 * x(0) * x(0); });
    const MaximaResult found = find_maxima(density, Eigen::MatrixXd::Constant(1, 2, 1.0));
    REQUIRE(found.maxima.size() == 1);
    CHECK(found.maxima.front().covariance.allFinite());
}
