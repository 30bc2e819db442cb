#include "posterior/certificate.h"

#include <array>
#include <cmath>

#include "base/error.h"
#include "catch.h"

namespace hlaunch {
namespace {

// u = log x, component by component: a Gaussian in it is lognormal in x.
class Logarithm final : public Coordinate {
  public:
    std::string name() const override { return "log"; }
    std::string description() const override { return "logarithms"; }
    bool from_sampling(const Eigen::VectorXd& x, Eigen::VectorXd& u, Eigen::MatrixXd& du_dx) const override {
        if (!(x.minCoeff() > 0.0)) return false;
        u = x.array().log();
        du_dx = x.cwiseInverse().asDiagonal();
        return true;
    }
    bool to_sampling(const Eigen::VectorXd& u, Eigen::VectorXd& x) const override {
        x = u.array().exp();
        return true;
    }
};

// Only the half space u_0 > 0 has an image.
class Half final : public Coordinate {
  public:
    std::string name() const override { return "half"; }
    std::string description() const override { return "a half space"; }
    bool from_sampling(const Eigen::VectorXd& x, Eigen::VectorXd& u, Eigen::MatrixXd& du_dx) const override {
        u = x;
        du_dx.setIdentity(x.size(), x.size());
        return x(0) > 0.0;
    }
    bool to_sampling(const Eigen::VectorXd& u, Eigen::VectorXd& x) const override {
        x = u;
        return u(0) > 0.0;
    }
};

const SamplingCoordinate itself;

Moments correlated() {
    Moments out{Eigen::Vector3d(1.0, -2.0, 5.0), Eigen::Matrix3d::Identity()};
    out.covariance << 1.0, 0.9, 0.0, 0.9, 1.0, 0.1, 0.0, 0.1, 4.0;
    return out;
}

// Of each row, up to a constant.
Eigen::VectorXd log_gaussian(const Eigen::MatrixXd& x, const Moments& of) {
    const Eigen::MatrixXd precision = of.covariance.inverse();
    Eigen::VectorXd out(x.rows());
    for (Eigen::Index i = 0; i < x.rows(); ++i) {
        const Eigen::VectorXd off = x.row(i).transpose() - of.mean;
        out(i) = -0.5 * off.dot(precision * off);
    }
    return out;
}

KnownDraws drawn(const Coordinate& coordinate, const Moments& of, Eigen::Index count = 1000) {
    RandomStream random(7, 1);
    return draw_gaussian(coordinate, of, count, random);
}

Certificate certified_for(const Moments& target) {
    const auto draws = drawn(itself, correlated());
    return certify(draws.x, log_gaussian(draws.x, target) - draws.log_density);
}

}  // namespace

TEST_CASE("draws come with their own density") {
    const auto of = correlated();
    const auto draws = drawn(itself, of);
    const Eigen::VectorXd ratio = log_gaussian(draws.x, of) - draws.log_density;
    CHECK((ratio.array() - ratio(0)).abs().maxCoeff() < 1e-9);
    const auto found = moments(drawn(itself, of, 20000).x);
    CHECK((found.mean - of.mean).cwiseAbs().maxCoeff() < 0.05);
    CHECK((found.covariance - of.covariance).cwiseAbs().maxCoeff() < 0.15);
}

TEST_CASE("the density is in x: the Jacobian of the coordinate counts") {
    const Logarithm logarithm;
    Moments of{Eigen::Vector2d(0.5, -1.0), Eigen::Matrix2d::Identity() * 0.25};
    const auto draws = drawn(logarithm, of);
    // Lognormal, by its textbook density.
    for (Eigen::Index i = 1; i < 20; ++i) {
        const auto log_density = [&](Eigen::Index row) {
            double sum = 0.0;
            for (Eigen::Index p = 0; p < 2; ++p) {
                const double u = std::log(draws.x(row, p)) - of.mean(p);
                sum += -0.5 * u * u / 0.25 - std::log(draws.x(row, p));
            }
            return sum;
        };
        CHECK(draws.log_density(i) - draws.log_density(0) == Approx(log_density(i) - log_density(0)).margin(1e-9));
    }
}

TEST_CASE("draws without an image are drawn anew, and too many are a failure") {
    const Half half;
    Moments of{Eigen::VectorXd::Zero(1), Eigen::MatrixXd::Identity(1, 1)};
    const auto draws = drawn(half, of);
    CHECK(draws.x.minCoeff() > 0.0);
    CHECK(draws.redrawn > 800);
    CHECK(draws.redrawn < 1200);
    of.mean(0) = -9.0;
    CHECK_THROWS_AS(drawn(half, of), Error);
}

TEST_CASE("the very density is certified with every draw effective") {
    const auto judged = certified_for(correlated());
    CHECK(judged.certified);
    CHECK(judged.reason.empty());
    CHECK(judged.weights.effective == Approx(1000.0));
}

TEST_CASE("a near density is certified, and the weights move the moments to it") {
    auto target = correlated();
    target.mean += Eigen::Vector3d(0.2, 0.1, -0.4);
    target.covariance(2, 2) = 3.0;
    const auto judged = certified_for(target);
    REQUIRE(judged.certified);
    const auto draws = drawn(itself, correlated());
    const auto found = weighted_moments(draws.x, judged.weights.log_weights.array().exp().matrix());
    CHECK((found.mean - target.mean).cwiseAbs().maxCoeff() < 0.15);
    CHECK(found.covariance(2, 2) == Approx(3.0).epsilon(0.15));
}

TEST_CASE("a density that is elsewhere, wider or of lost correlations is not certified") {
    auto far = correlated();
    far.mean(2) += 12.0;  // 6 sd
    CHECK_FALSE(certified_for(far).certified);
    auto wide = correlated();
    wide.covariance *= 6.0;
    CHECK_FALSE(certified_for(wide).certified);
    auto uncorrelated = correlated();  // what a diagonal combination makes of it, the other way round
    uncorrelated.covariance(0, 1) = uncorrelated.covariance(1, 0) = 0.0;
    const auto judged = certified_for(uncorrelated);
    CHECK_FALSE(judged.certified);
    CHECK_FALSE(judged.reason.empty());
}

TEST_CASE("draws that the density does not hold weigh nothing, and none at all is a refusal") {
    const auto draws = drawn(itself, correlated());
    Eigen::VectorXd ratio = Eigen::VectorXd::Zero(1000);
    ratio.head(300).setConstant(-std::numeric_limits<double>::infinity());
    const auto judged = certify(draws.x, ratio);
    CHECK(judged.weights.effective == Approx(700.0));
    ratio.setConstant(-std::numeric_limits<double>::infinity());
    const auto none = certify(draws.x, ratio);
    CHECK_FALSE(none.certified);
    CHECK(std::isinf(none.weights.k_hat));
}

TEST_CASE("few effective draws are no certificate even where the tail is short") {
    const auto draws = drawn(itself, correlated());
    Eigen::VectorXd ratio = Eigen::VectorXd::Constant(1000, -std::numeric_limits<double>::infinity());
    for (Eigen::Index i = 0; i < 60; ++i) ratio(i) = 1e-3 * static_cast<double>(i);
    const auto judged = certify(draws.x, ratio);
    CHECK(judged.weights.effective < 100.0);
    CHECK_FALSE(judged.certified);
}

TEST_CASE("the Gaussian of given draws is taken where they look like one") {
    const Logarithm logarithm;
    const Half half;
    Moments of{Eigen::Vector2d(0.5, -1.0), Eigen::Matrix2d::Identity() * 0.25};
    const auto draws = drawn(logarithm, of, 4000);
    const std::array<const Coordinate*, 2> both{&itself, &logarithm};
    const Coordinate* best = nullptr;
    const auto found = gaussian_of(draws.x, both, best);
    CHECK(best == &logarithm);
    CHECK((found.mean - of.mean).cwiseAbs().maxCoeff() < 0.05);
    const std::array<const Coordinate*, 1> none{&half};
    Eigen::MatrixXd negative = -draws.x;
    static_cast<void>(gaussian_of(negative, none, best));
    CHECK(best == nullptr);
}

}  // namespace hlaunch
