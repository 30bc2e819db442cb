#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "catch.h"
#include "merge/statistics/moments.h"
#include "posterior/densities.h"
#include "posterior/exact.h"

using namespace hlaunch;
using namespace posterior_test;

namespace {

const SamplingCoordinate in_x;
const LawAtThreeTimes in_eta;
using Coordinates = std::vector<const Coordinate*>;

Moments moments_of(const ExactResult& result) {
    return weighted_moments(result.x, result.log_weights.array().exp().matrix());
}

std::string steps_of(const ExactResult& result) {
    std::string text;
    for (const std::string& step : result.steps) text += step + "\n";
    return text;
}

// Both within some standard errors for so many effective draws.
void check_moments(const ExactResult& result, const Eigen::VectorXd& mean, const Eigen::VectorXd& sd,
                   double errors = 5.0) {
    const Moments got = moments_of(result);
    const double error = errors / std::sqrt(result.ess);
    for (Eigen::Index k = 0; k < mean.size(); ++k) {
        INFO("component " << k);
        CHECK((got.mean(k) - mean(k)) / sd(k) == Approx(0.0).margin(error));
        CHECK(std::sqrt(got.covariance(k, k)) / sd(k) == Approx(1.0).margin(error));
    }
}

double log_normal(const Eigen::VectorXd& x, double at, double sd) {  // around (at, 0, 0, ...)
    Eigen::VectorXd off = x;
    off(0) -= at;
    return -0.5 * off.squaredNorm() / (sd * sd) - static_cast<double>(x.size()) * std::log(sd);
}

// `share` of the mass around 20, narrow; the rest around 0.
Analytic two_modes(double share) {
    return {3, [share](const Eigen::VectorXd& x) {
                const double a = std::log(1.0 - share) + log_normal(x, 0.0, 1.0);
                const double b = std::log(share) + log_normal(x, 20.0, 0.5);
                return std::max(a, b) + std::log1p(std::exp(-std::abs(a - b)));
            }};
}

class RowByRow final : public Density {  // batches in pieces
  public:
    explicit RowByRow(Density& density) : density_(&density) {}
    [[nodiscard]] Eigen::Index dimensions() const override { return density_->dimensions(); }
    [[nodiscard]] Eigen::VectorXd log_density(const Eigen::MatrixXd& points) override {
        Eigen::VectorXd result(points.rows());
        for (Eigen::Index i = 0; i < points.rows(); ++i) result(i) = density_->log_density(points.row(i))(0);
        return result;
    }
    [[nodiscard]] std::vector<QuadraticForm> quadratic(const Eigen::MatrixXd& points) override {
        std::vector<QuadraticForm> result;
        for (Eigen::Index i = 0; i < points.rows(); ++i) result.push_back(density_->quadratic(points.row(i)).front());
        return result;
    }

  private:
    Density* density_;
};

}  // namespace

TEST_CASE("Gaussians of 3, 24 and 55 dimensions are certified with few evaluations") {
    for (const auto& [dimensions, most] : {std::pair<Eigen::Index, Eigen::Index>{3, 2500}, {24, 3600}, {55, 5500}}) {
        INFO("dimensions " << dimensions);
        const Eigen::VectorXd mean = Eigen::VectorXd::Constant(dimensions, 1.0);
        const Eigen::MatrixXd covariance = chosen_covariance(dimensions);
        Residuals density = gaussian(mean, covariance);
        const ExactResult result = sample_exact(density, Coordinates{&in_x}, Eigen::MatrixXd::Zero(1, dimensions), {});
        INFO(steps_of(result));
        CHECK(result.by == CertifiedBy::importance);
        CHECK(result.ess >= 2000.0);
        CHECK(result.k_hat < 0.3);
        CHECK(result.evaluations <= most);
        CHECK(result.log_weights.array().exp().sum() == Approx(1.0));
        CHECK(result.log_evidence == Approx(result.basins.front().maximum.log_evidence).margin(0.1));
        CHECK(result.basins.front().share == Approx(1.0));
        check_moments(result, mean, covariance.diagonal().cwiseSqrt());
    }
}

TEST_CASE("over many seeds the errors of means and variances are those that the ESS says") {
    const Eigen::MatrixXd covariance = chosen_covariance(6);
    Residuals density = gaussian(Eigen::VectorXd::Zero(6), covariance);
    double means = 0.0;
    double variances = 0.0;
    constexpr int seeds = 40;
    for (int seed = 0; seed < seeds; ++seed) {
        INFO("seed " << seed);
        ExactRequest request;
        request.seed = static_cast<std::uint64_t>(seed);
        request.importance.wanted = 1500.0;
        const ExactResult result = sample_exact(density, Coordinates{&in_x}, Eigen::MatrixXd::Zero(1, 6), request);
        REQUIRE(result.certified());
        const Moments got = moments_of(result);
        for (Eigen::Index k = 0; k < 6; ++k) {
            means += result.ess * got.mean(k) * got.mean(k) / covariance(k, k);
            variances += result.ess * std::pow(got.covariance(k, k) / covariance(k, k) - 1.0, 2) / 2.0;
        }
    }
    CHECK(means / (6 * seeds) == Approx(1.0).margin(0.4));
    CHECK(variances / (6 * seeds) == Approx(1.0).margin(0.5));
}

TEST_CASE("the ridge in eta takes few evaluations; in the sampling coordinate the ladder gets the same") {
    Eigen::MatrixXd starts(3, 3);
    starts << 0, 0, -1, .5, .3, -2, -1, -.5, 0;
    for (const double sigma : {0.001, 0.01}) {
        INFO("sigma " << sigma);
        Ridge density(sigma, 1.0);
        ExactRequest request;
        request.importance.wanted = 8000;
        const ExactResult reference = sample_exact(density, Coordinates{&in_eta}, starts, request);
        REQUIRE(reference.by == CertifiedBy::importance);
        const Moments truth = moments_of(reference);
        const Eigen::VectorXd sd = truth.covariance.diagonal().cwiseSqrt();
        for (const std::uint64_t seed : {1U, 2U}) {
            request = {};
            request.seed = seed;
            const ExactResult both = sample_exact(density, Coordinates{&in_x, &in_eta}, starts, request);
            INFO(steps_of(both));
            CHECK(both.by == CertifiedBy::importance);
            CHECK(both.coordinate == "eta");
            CHECK(both.evaluations < 5000);
            check_moments(both, truth.mean, sd);
        }
        const ExactResult alone = sample_exact(density, Coordinates{&in_x}, starts, {});
        INFO(steps_of(alone));
        CHECK(alone.certified());
        // k-hat near its limit: the error is larger than its ESS says.
        check_moments(alone, truth.mean, sd, 0.15 * std::sqrt(alone.ess));
    }
}

TEST_CASE("two far modes are both found, sampled and told") {
    Eigen::MatrixXd starts(4, 3);
    starts << 0, 0, 0, 19.5, 0.5, 0, 1, 1, 1, -1, 0, 0;
    for (const double share : {0.1, 0.005})
        for (const std::uint64_t seed : {1U, 2U, 3U}) {
            INFO("share " << share << ", seed " << seed);
            Analytic density = two_modes(share);
            ExactRequest request;
            request.seed = seed;
            const ExactResult result = sample_exact(density, Coordinates{&in_x}, starts, request);
            INFO(steps_of(result));
            REQUIRE(result.certified());
            REQUIRE(result.basins.size() == 2);
            CHECK(result.basins[1].share == Approx(share).epsilon(0.1).margin(0.3 * share));
            CHECK(result.basins[0].share + result.basins[1].share == Approx(1.0));
            CHECK((steps_of(result).find("maximum 2 of 2 holds") != std::string::npos) == (share > 0.01));
            CHECK(moments_of(result).mean(0) == Approx(20.0 * share).margin(0.3));
        }
}

TEST_CASE("a hard bound through the posterior") {
    Analytic density(2, [](const Eigen::VectorXd& x) { return x(0) < 0.5 ? none : -0.5 * x.squaredNorm(); });
    Eigen::MatrixXd starts(2, 2);
    starts << 2, 1, 1, -1;
    const ExactResult result = sample_exact(density, Coordinates{&in_x}, starts, {});
    INFO(steps_of(result));
    CHECK(result.certified());
    CHECK(result.without_density > 0.1);
    CHECK(result.x.col(0).minCoeff() >= 0.5);
    // phi(.5) / (1 - Phi(.5)), and 1 + .5 m - m^2.
    check_moments(result, Eigen::Vector2d(1.14108, 0.0),
                  Eigen::Vector2d(std::sqrt(1.0 + 0.5 * 1.14108 - 1.14108 * 1.14108), 1.0));
}

TEST_CASE("what importance sampling cannot do the ensembles can, or it is refused with numbers") {
    const auto funnel = [](double scale) {
        return Analytic(4, [scale](const Eigen::VectorXd& x) {
            return -0.5 * x(0) * x(0) / (scale * scale) - 0.5 * x.tail(3).squaredNorm() * std::exp(-x(0)) - 1.5 * x(0);
        });
    };
    Eigen::MatrixXd starts = Eigen::MatrixXd::Zero(2, 4);
    starts(1, 0) = 1.0;
    ExactRequest request;
    request.try_importance = false;
    Analytic mild = funnel(1.0);
    const ExactResult can = sample_exact(mild, Coordinates{&in_x}, starts, request);
    INFO(steps_of(can));
    CHECK(can.by == CertifiedBy::ensemble);
    CHECK(can.ensembles.r_hat <= 1.01);
    CHECK(can.ensembles.ess() >= 400.0);
    CHECK((can.log_weights.array() == can.log_weights(0)).all());
    check_moments(can, Eigen::Vector4d::Zero(), Eigen::Vector4d(1.0, std::exp(0.25), std::exp(0.25), std::exp(0.25)));

    Analytic hard = funnel(3.0);
    request = {};
    request.most_evaluations = 40000;
    const ExactResult refused = sample_exact(hard, Coordinates{&in_x}, starts, request);
    INFO(steps_of(refused));
    CHECK_FALSE(refused.certified());
    CHECK(word(refused.by) == "none");
    CHECK(refused.k_hat > 0.7);
    CHECK(refused.evaluations <= 40000);
    CHECK(refused.steps.back().find("refused: R-hat") == 0);
    CHECK(refused.x.rows() == refused.log_weights.size());
    CHECK(refused.x.rows() > 0);
}

TEST_CASE("a bent density ends certified by some rung, with its moments") {
    Analytic banana(2, [](const Eigen::VectorXd& x) {
        const double off = x(1) - x(0) * x(0);
        return -0.5 * x(0) * x(0) - 0.5 * off * off / 0.25;
    });
    Eigen::MatrixXd starts(2, 2);
    starts << 0, 0, 2, 1;
    const ExactResult result = sample_exact(banana, Coordinates{&in_x}, starts, {});
    INFO(steps_of(result));
    REQUIRE(result.certified());
    // The variance of the second is a fourth moment of the first: what is not seen of the tails is told.
    const bool told = steps_of(result).find("variances may be some percent too small") != std::string::npos;
    CHECK(told == (result.by == CertifiedBy::importance && result.variance_k_hat >= 0.5));
    check_moments(result, Eigen::Vector2d(0, 1), Eigen::Vector2d(1, 1.5), (told ? 0.25 : 0.12) * std::sqrt(result.ess));
}

TEST_CASE("the same seed gives the same bits, however a batch is cut; another seed other draws") {
    Eigen::MatrixXd starts(2, 3);
    starts << 0, 0, -1, .5, .3, -2;
    for (const bool importance : {true, false}) {
        Ridge density(0.05, 1.0);
        RowByRow pieces(density);
        ExactRequest request;
        request.seed = 3;
        request.try_importance = importance;
        request.most_evaluations = 18000;
        request.importance.wanted = 1000.0;
        const ExactResult one = sample_exact(density, Coordinates{&in_x, &in_eta}, starts, request);
        const ExactResult same = sample_exact(pieces, Coordinates{&in_x, &in_eta}, starts, request);
        CHECK(one.ensembles_used != importance);
        REQUIRE(one.x.rows() == same.x.rows());
        CHECK(one.x == same.x);
        CHECK(one.log_weights == same.log_weights);
        CHECK(one.log_density == same.log_density);
        CHECK(one.steps == same.steps);
        request.seed = 4;
        const ExactResult other = sample_exact(density, Coordinates{&in_x, &in_eta}, starts, request);
        CHECK_FALSE((one.x.rows() == other.x.rows() && one.x == other.x));
    }
}

TEST_CASE("progress is told after each round, and what cannot be started is refused") {
    Residuals density = gaussian(Eigen::Vector2d::Zero(), Eigen::Matrix2d::Identity());
    std::vector<Progress> told;
    const ExactResult result = sample_exact(density, Coordinates{&in_x}, Eigen::MatrixXd::Ones(1, 2), {},
                                            [&](const Progress& progress) { told.push_back(progress); });
    REQUIRE(told.size() >= 3);
    CHECK(told.front().what == "maxima");
    CHECK(told.back().what == "importance");
    CHECK(told.back().evaluations == result.evaluations);
    CHECK(told.back().ess == result.ess);
    CHECK_THROWS_AS(sample_exact(density, Coordinates{}, Eigen::MatrixXd::Ones(1, 2), {}), Error);
    CHECK_THROWS_AS(sample_exact(density, Coordinates{&in_x}, Eigen::MatrixXd::Ones(1, 3), {}), Error);
    CHECK_THROWS_AS(sample_exact(density, Coordinates{&in_x}, Eigen::MatrixXd(0, 2), {}), Error);
    Analytic nowhere(2, [](const Eigen::VectorXd&) { return none; });
    const ExactResult refused = sample_exact(nowhere, Coordinates{&in_x}, Eigen::MatrixXd::Ones(3, 2), {});
    CHECK_FALSE(refused.certified());
    CHECK(refused.x.rows() == 0);
    CHECK(refused.steps == std::vector<std::string>{"no maximum: none of 3 starts has density"});
}
