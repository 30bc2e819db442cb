#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "catch.h"
#include "merge/statistics/moments.h"
#include "posterior/densities.h"
#include "posterior/ensemble.h"

using namespace hlaunch;
using namespace posterior_test;

namespace {

// steps x (ensembles x walkers) of autoregressive walkers; `common`: share of the variance that all walkers of an
// ensemble have in common, `offset`: of the k-th ensemble k times.
Eigen::MatrixXd synthetic_walkers(Eigen::Index steps, Eigen::Index ensembles, Eigen::Index walkers, double rho,
                                  double common, double offset, RandomStream& random) {
    Eigen::MatrixXd result(steps, ensembles * walkers);
    Eigen::MatrixXd own(1, ensembles * walkers);
    Eigen::VectorXd shared = random.normals(ensembles);
    for (double& value : own.reshaped()) value = random.normal();
    const double fresh = std::sqrt(1.0 - rho * rho);
    for (Eigen::Index step = 0; step < steps; ++step)
        for (Eigen::Index e = 0; e < ensembles; ++e) {
            shared(e) = rho * shared(e) + fresh * random.normal();
            for (Eigen::Index w = 0; w < walkers; ++w) {
                double& value = own(0, e * walkers + w);
                value = rho * value + fresh * random.normal();
                result(step, e * walkers + w) =
                    std::sqrt(1.0 - common) * value + std::sqrt(common) * shared(e) + offset * static_cast<double>(e);
            }
        }
    return result;
}

Eigen::MatrixXd standard_starts(Eigen::Index rows, Eigen::Index dimensions, std::uint64_t seed) {
    RandomStream random(seed, 1);
    Eigen::MatrixXd result(rows, dimensions);
    for (Eigen::Index i = 0; i < rows; ++i) result.row(i) = random.normals(dimensions).transpose();
    return result;
}

}  // namespace

TEST_CASE("the ESS of ensembles is that of the true variance of the mean, whether walkers are correlated or not") {
    RandomStream random(12, 0);
    constexpr Eigen::Index steps = 2000, ensembles = 4, walkers = 20;
    constexpr double rho = 0.8;
    const double tau = (1.0 + rho) / (1.0 - rho);
    for (const double common : {0.0, 0.3}) {
        INFO("common " << common);
        const Eigen::MatrixXd draws = synthetic_walkers(steps, ensembles, walkers, rho, common, 0.0, random);
        const EnsembleJudgement judged = judge_ensembles({draws}, ensembles);
        // Variance of the mean of all draws of variance 1.
        const double variance = tau / static_cast<double>(steps * ensembles) * ((1.0 - common) / walkers + common);
        CHECK(judged.ess_bulk == Approx(1.0 / variance).epsilon(0.25));
        CHECK(judged.r_hat < 1.01);
        CHECK(judged.walker_r_hat < 1.05);
        CHECK(certifies(judged, {}));
        // Taken as independent, correlated walkers would look like many times the draws.
        if (common > 0.0) CHECK(judged.ess_bulk < 0.3 * static_cast<double>(steps * ensembles * walkers) / tau);
    }
}

TEST_CASE("what has not converged is not certified") {
    RandomStream random(13, 0);
    // Ensembles apart from one another.
    const EnsembleJudgement apart = judge_ensembles({synthetic_walkers(800, 4, 20, 0.5, 0.0, 0.3, random)}, 4);
    CHECK(apart.r_hat > 1.02);
    CHECK_FALSE(certifies(apart, {}));
    // Walkers of two modes, the shares alike in all ensembles, and none ever moves over: only the walkers tell.
    Eigen::MatrixXd frozen = synthetic_walkers(800, 4, 20, 0.5, 0.0, 0.0, random);
    for (Eigen::Index w = 0; w < frozen.cols(); w += 10) frozen.col(w).array() += 30.0;
    const EnsembleJudgement stuck = judge_ensembles({frozen}, 4);
    CHECK(stuck.r_hat < 1.01);
    CHECK(stuck.walker_r_hat > 1.2);
    CHECK_FALSE(certifies(stuck, {}));
    // One good parameter does not hide a bad one; too few steps; draws that never move.
    const Eigen::MatrixXd good = synthetic_walkers(800, 4, 20, 0.5, 0.0, 0.0, random);
    CHECK(certifies(judge_ensembles({good}, 4), {}));
    CHECK_FALSE(certifies(judge_ensembles({good, frozen}, 4), {}));
    CHECK_FALSE(certifies(judge_ensembles({good.topRows(8)}, 4), {}));
    CHECK_FALSE(certifies(judge_ensembles({Eigen::MatrixXd::Ones(800, 80)}, 4), {}));
    CHECK_FALSE(certifies(judge_ensembles({}, 4), {}));
}

TEST_CASE("all moves leave the density as it is, in x and in another coordinate") {
    // Starts are draws of the density itself; after steps of either kind they still are.
    const SamplingCoordinate z;
    const auto moments_after = [](const Coordinate& coordinate, bool global, Density& density, Eigen::MatrixXd starts) {
        Ensembles ensembles(density, coordinate, starts, density.log_density(starts), 2, 21);
        if (global)
            ensembles.propose_from(MixtureOfT({StudentT(Eigen::Vector2d(0.3, 0.0), 2.0 * Eigen::Matrix2d::Identity())},
                                              Eigen::VectorXd::Ones(1)));
        ensembles.advance(1500);
        Eigen::MatrixXd x;
        Eigen::VectorXd log_density;
        ensembles.draws(1000000, x, log_density);
        CHECK(log_density == density.log_density(x));
        CHECK(ensembles.judge().ess() > 1000.0);
        return moments(x);
    };
    Residuals density = gaussian(Eigen::Vector2d::Zero(), Eigen::Matrix2d::Identity());
    for (const bool global : {false, true}) {
        const Moments got = moments_after(z, global, density, standard_starts(40, 2, 1));
        CHECK(got.mean.cwiseAbs().maxCoeff() < 0.07);
        CHECK((got.covariance - Eigen::Matrix2d::Identity()).cwiseAbs().maxCoeff() < 0.1);
    }
    class Bent final : public Coordinate {  // u = (x0, sinh x1)
      public:
        [[nodiscard]] std::string name() const override { return "bent"; }
        [[nodiscard]] std::string description() const override { return "sinh of the second"; }
        bool from_sampling(const Eigen::VectorXd& x, Eigen::VectorXd& u, Eigen::MatrixXd& du_dx) const override {
            u = Eigen::Vector2d(x(0), std::sinh(x(1)));
            du_dx = Eigen::Vector2d(1.0, std::cosh(x(1))).asDiagonal();
            return true;
        }
        bool to_sampling(const Eigen::VectorXd& u, Eigen::VectorXd& x) const override {
            x = Eigen::Vector2d(u(0), std::asinh(u(1)));
            return true;
        }
    } bent;
    const Moments got = moments_after(bent, false, density, standard_starts(40, 2, 1));
    CHECK((got.covariance - Eigen::Matrix2d::Identity()).cwiseAbs().maxCoeff() < 0.1);
}

TEST_CASE("the snooker's factor is that of the dimensions: the radius in six of them") {
    Residuals density = gaussian(Eigen::VectorXd::Zero(6), Eigen::MatrixXd::Identity(6, 6));
    const SamplingCoordinate z;
    const Eigen::MatrixXd starts = standard_starts(120, 6, 2);
    Ensembles ensembles(density, z, starts, density.log_density(starts), 2, 22);
    ensembles.advance(1500);
    Eigen::MatrixXd x;
    Eigen::VectorXd log_density;
    ensembles.draws(1000000, x, log_density);
    CHECK(x.rowwise().squaredNorm().mean() / 6.0 == Approx(1.0).margin(0.02));
}

TEST_CASE("a bound of the support is kept and truncates the draws rightly") {
    Analytic density(2, [](const Eigen::VectorXd& x) { return x(0) < 0.5 ? none : -0.5 * x.squaredNorm(); });
    const SamplingCoordinate z;
    Eigen::MatrixXd starts = standard_starts(48, 2, 3);
    starts.col(0) = starts.col(0).cwiseAbs().array() + 0.5;
    Ensembles ensembles(density, z, starts, density.log_density(starts), 2, 5);
    ensembles.advance(1500);
    Eigen::MatrixXd x;
    Eigen::VectorXd log_density;
    ensembles.draws(1000000, x, log_density);
    CHECK(x.col(0).minCoeff() >= 0.5);
    CHECK(x.col(0).mean() == Approx(1.14108).margin(0.03));  // phi(.5) / (1 - Phi(.5))
}

TEST_CASE("a half of all ensembles is one batch, and starts without density are refused") {
    Residuals inner = gaussian(Eigen::Vector2d::Zero(), Eigen::Matrix2d::Identity());
    class Batches final : public Density {
      public:
        explicit Batches(Density& density) : density_(&density) {}
        [[nodiscard]] Eigen::Index dimensions() const override { return density_->dimensions(); }
        [[nodiscard]] Eigen::VectorXd log_density(const Eigen::MatrixXd& points) override {
            rows.push_back(points.rows());
            return density_->log_density(points);
        }
        [[nodiscard]] std::vector<QuadraticForm> quadratic(const Eigen::MatrixXd&) override { return {}; }
        std::vector<Eigen::Index> rows;

      private:
        Density* density_;
    } density(inner);
    const SamplingCoordinate z;
    const Eigen::MatrixXd starts = standard_starts(36, 2, 3);
    Ensembles ensembles(density, z, starts, inner.log_density(starts), 3, 5);
    ensembles.advance(5);
    CHECK(density.rows == std::vector<Eigen::Index>(10, 18));
    CHECK_THROWS_AS(Ensembles(density, z, starts, Eigen::VectorXd::Constant(36, none), 3, 5), Error);
    CHECK_THROWS_AS(Ensembles(density, z, starts, inner.log_density(starts), 4, 5), Error);  // nine walkers each
}

TEST_CASE("walkers anneal from a wide base into modes by their shares") {
    // 70 % in a narrow mode, 30 % in a wide one far away; no walker can pass between.
    constexpr double share = 0.3;
    posterior_test::Analytic density(3, [](const Eigen::VectorXd& x) {
        const Eigen::Vector3d far(30.0, 0.0, 0.0);
        const double near = std::log(1.0 - share) - 3.0 * std::log(0.3) - 0.5 * x.squaredNorm() / 0.09;
        const double other = std::log(share) - 0.5 * (x - far).squaredNorm();
        return std::max(near, other) + std::log1p(std::exp(-std::abs(near - other)));
    });
    const SamplingCoordinate x;
    Eigen::Matrix3d wide = 25.0 * Eigen::Matrix3d::Identity();
    wide(0, 0) = 900.0;
    // As around draws that have seen both modes, in shares that are not theirs.
    const MixtureOfT base({StudentT(Eigen::Vector3d(0.2, 0.1, -0.1), 0.2 * Eigen::Matrix3d::Identity()),
                           StudentT(Eigen::Vector3d(29.0, 0.5, 0.0), 2.0 * Eigen::Matrix3d::Identity()),
                           StudentT(Eigen::Vector3d(15.0, 1.0, -1.0), wide)},
                          Eigen::Vector3d(0.1, 0.7, 0.2));
    constexpr Eigen::Index ensembles = 4, walkers = 96;
    double sum = 0.0, squares = 0.0, spread = 0.0;
    constexpr int seeds = 20;
    for (int seed = 0; seed < seeds; ++seed) {
        RandomStream random(static_cast<std::uint64_t>(seed), 5);
        Eigen::MatrixXd starts = base.draw(ensembles * walkers, random);
        for (Eigen::Index i = starts.rows() - 1; i > 0; --i) starts.row(i).swap(starts.row(random.index(i + 1)));
        Ensembles annealed(density, x, starts, density.log_density(starts), ensembles,
                           static_cast<std::uint64_t>(seed));
        const Eigen::Index powers = annealed.anneal(base, 15);
        CHECK(powers >= 2);
        CHECK(powers < 15);
        CHECK(annealed.steps() == 0);
        annealed.advance(10);
        Eigen::MatrixXd draws;
        Eigen::VectorXd log_density;
        annealed.draws(1, draws, log_density);
        const double here = (draws.col(0).array() > 15.0).cast<double>().mean();
        sum += here / seeds;
        squares += here * here / seeds;
        const Eigen::ArrayXd y = draws.col(1).array();
        spread += (y - y.mean()).square().mean() / seeds;
    }
    const double error = std::sqrt((squares - sum * sum) / seeds);
    INFO("share " << sum << " +- " << error);
    CHECK(sum == Approx(share).margin(4.0 * error));
    CHECK(error < 0.02);
    CHECK(spread == Approx(share + (1.0 - share) * 0.09).epsilon(0.15));
    // Too few powers: told.
    const Eigen::MatrixXd starts = [&] {
        RandomStream random(1, 5);
        return base.draw(ensembles * walkers, random);
    }();
    Ensembles cut(density, x, starts, density.log_density(starts), ensembles, 1);
    CHECK(cut.anneal(base, 15, 1) == 0);
}
