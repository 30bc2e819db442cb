#include <cmath>

#include "catch.h"
#include "merge/statistics/moments.h"
#include "posterior/densities.h"
#include "posterior/importance.h"

using namespace hlaunch;
using namespace posterior_test;

namespace {

// Mean and sd of the ridge by a grid over the coordinate in which it is compact.
Moments ridge_on_grid(double sigma) {
    Ridge density(sigma, 1.0);
    Eigen::MatrixXd starts = Ridge::centre().transpose();
    const Maximum top = find_maxima(density, starts).maxima.front();
    constexpr int n = 80;
    const Eigen::Vector3d low(-3.5, -3.0, -7.0);
    const Eigen::Vector3d high(2.5, 3.0, 3.0);
    Eigen::MatrixXd points(n * n, 3);
    double sum = 0.0;
    Eigen::Vector3d first = Eigen::Vector3d::Zero();
    Eigen::Matrix3d second = Eigen::Matrix3d::Zero();
    const auto at = [&](int axis, int i) { return low(axis) + (high(axis) - low(axis)) * (i + 0.5) / n; };
    for (int i = 0; i < n; ++i) {
        for (int j = 0; j < n; ++j)
            for (int k = 0; k < n; ++k) points.row(j * n + k) << at(0, i), at(1, j), at(2, k);
        const Eigen::VectorXd weights = (density.log_density(points).array() - top.value).exp();
        sum += weights.sum();
        first += points.transpose() * weights;
        second += points.transpose() * weights.asDiagonal() * points;
    }
    const Eigen::Vector3d mean = first / sum;
    return {mean, second / sum - mean * mean.transpose()};
}

}  // namespace

TEST_CASE("weights by the mixture of all proposals are right whatever the coordinates: evidence and moments") {
    // sigma .2: wide enough for a grid.
    const Moments truth = ridge_on_grid(0.2);
    Ridge density(0.2, 1.0);
    const SamplingCoordinate z;
    const LawAtThreeTimes eta;
    DrawPool pool(density);
    RandomStream random(3, 0);
    Eigen::VectorXd at;
    Eigen::MatrixXd slope;
    REQUIRE(eta.from_sampling(Ridge::centre(), at, slope));
    pool.add_round({&eta, MixtureOfT({StudentT(at, Eigen::Matrix3d::Identity())}, Eigen::VectorXd::Ones(1))}, 8000,
                   random);
    CHECK(pool.without_inverse() > 1000);
    pool.add_round({&z, MixtureOfT({StudentT(truth.mean, 1.5 * truth.covariance)}, Eigen::VectorXd::Ones(1))}, 8000,
                   random);
    CHECK(pool.drawn() == 16000);
    const SmoothedWeights weights = pool.weigh();
    const Moments got = weighted_moments(pool.x(), weights.log_weights.array().exp().matrix());
    for (Eigen::Index k = 0; k < 3; ++k) {
        const double sd = std::sqrt(truth.covariance(k, k));
        CHECK((got.mean(k) - truth.mean(k)) / sd == Approx(0.0).margin(0.06));
        CHECK(std::sqrt(got.covariance(k, k)) / sd == Approx(1.0).margin(0.05));
    }
    CHECK(weights.effective > 3000.0);
}

TEST_CASE("draws without an inverse are not evaluated, and count as draws") {
    class Half final : public Coordinate {
      public:
        [[nodiscard]] std::string name() const override { return "log"; }
        [[nodiscard]] std::string description() const override { return "u = exp(x)"; }
        bool from_sampling(const Eigen::VectorXd& x, Eigen::VectorXd& u, Eigen::MatrixXd& du_dx) const override {
            u = x.array().exp();
            du_dx = u.asDiagonal();
            return true;
        }
        bool to_sampling(const Eigen::VectorXd& u, Eigen::VectorXd& x) const override {
            x = u.array().log();
            return u(0) > 0.0;
        }
    } half;
    // x so that u is a standard Gaussian cut at 0: its normalised density, so the evidence is 1.
    Eigen::Index asked = 0;
    Analytic density(1, [&](const Eigen::VectorXd& x) {
        ++asked;
        return -0.5 * std::exp(2.0 * x(0)) + x(0) + 0.5 * std::log(2.0 / std::numbers::pi);
    });
    DrawPool pool(density);
    RandomStream random(8, 0);
    const StudentT part(Eigen::VectorXd::Zero(1), Eigen::MatrixXd::Identity(1, 1));
    pool.add_round({&half, MixtureOfT({part}, Eigen::VectorXd::Ones(1))}, 10000, random);
    CHECK(asked == pool.kept());
    CHECK(pool.kept() == Approx(5000).margin(200));
    CHECK(pool.kept() + pool.without_inverse() == 10000);
    CHECK(pool.log_evidence() == Approx(0.0).margin(0.04));
    CHECK(pool.weigh().log_weights.size() == pool.kept());
}

TEST_CASE("the better coordinate is taken, and few more draws than needed") {
    Ridge density(0.01, 1.0);
    const SamplingCoordinate z;
    const LawAtThreeTimes eta;
    const MaximaResult found = find_maxima(density, Ridge::centre().transpose());
    std::vector<Proposal> candidates = laplace_proposal(z, found.maxima);
    candidates.push_back(laplace_proposal(eta, found.maxima).front());
    DrawPool pool(density);
    RandomStream random(4, 0);
    ImportanceLimits limits;
    Eigen::Index rounds = 0;
    const ImportanceOutcome outcome =
        sample_importance(pool, candidates, limits, random, [&](const DrawPool&, const SmoothedWeights&) { ++rounds; });
    CHECK(outcome.certified);
    CHECK(outcome.coordinate == &eta);
    CHECK(outcome.weights.effective >= 2000.0);
    CHECK(outcome.weights.k_hat < 0.5);
    CHECK(pool.drawn() < 5000);
    CHECK(rounds == pool.rounds());
    // A limit of draws is kept, and told.
    DrawPool small(density);
    limits.most_draws = 700;
    const ImportanceOutcome cut = sample_importance(small, candidates, limits, random);
    CHECK_FALSE(cut.certified);
    CHECK(cut.reason == "limit of draws");
    CHECK(small.drawn() == 700);
}

TEST_CASE("tails that the weights cannot see through are not certified") {
    // Cauchy in three dimensions: the variances do not exist.
    Analytic density(3, [](const Eigen::VectorXd& x) { return -2.0 * std::log1p(x.squaredNorm()); });
    const SamplingCoordinate z;
    const MaximaResult found = find_maxima(density, Eigen::MatrixXd::Zero(1, 3));
    DrawPool pool(density);
    RandomStream random(4, 0);
    ImportanceLimits limits;
    limits.most_draws = 6000;
    const ImportanceOutcome outcome = sample_importance(pool, laplace_proposal(z, found.maxima), limits, random);
    CHECK_FALSE(outcome.certified);
    CHECK(outcome.variance_k_hat > 0.7);
}

TEST_CASE("no proposal where the coordinate is not defined at the maximum") {
    class Nowhere final : public Coordinate {
      public:
        [[nodiscard]] std::string name() const override { return "none"; }
        [[nodiscard]] std::string description() const override { return "defined nowhere"; }
        bool from_sampling(const Eigen::VectorXd&, Eigen::VectorXd&, Eigen::MatrixXd&) const override { return false; }
        bool to_sampling(const Eigen::VectorXd&, Eigen::VectorXd&) const override { return false; }
    } nowhere;
    Residuals density = gaussian(Eigen::Vector2d::Zero(), Eigen::Matrix2d::Identity());
    const MaximaResult found = find_maxima(density, Eigen::MatrixXd::Zero(1, 2));
    CHECK(laplace_proposal(nowhere, found.maxima).empty());
}
