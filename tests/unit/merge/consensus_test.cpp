// Known truth: a linear Gaussian model whose posterior, whole and in parts, is known in closed
// form.
#include "merge/consensus.h"

#include <cmath>

#include "base/error.h"
#include "catch.h"
#include "merge/statistics/normal_draws.h"

using namespace hlaunch;

namespace {

const SamplingCoordinate sampling;
const std::vector<const Coordinate*> plain{&sampling};

struct Posterior {
    Eigen::MatrixXd precision;
    Eigen::VectorXd shift;
    [[nodiscard]] Eigen::MatrixXd covariance() const { return precision.inverse(); }
    [[nodiscard]] Eigen::VectorXd mean() const { return precision.ldlt().solve(shift); }
};

struct Experiment {
    std::vector<Subposterior> parts;
    SitePriors full;
    Posterior truth;
};

// K parts of a regression on 3 correlated covariates; `unlike` parts each see one covariate
// sharply.
Experiment regression(int parts, bool unlike, double prior_sd, bool tempered, std::uint64_t seed) {
    NormalDraws normal(seed);
    constexpr Eigen::Index d = 3;
    constexpr Eigen::Index draws = 20000;
    const int rows = 240 / parts;
    Eigen::MatrixXd mix(d, d);
    mix << 1.0, 0.9, 0.8, 0.9, 1.0, 0.85, 0.8, 0.85, 1.0;
    const Eigen::MatrixXd factor = mix.llt().matrixL();
    const Eigen::VectorXd theta = Eigen::Vector3d(1.0, -0.5, 0.8);
    Experiment result;
    const double own_sd = tempered ? prior_sd * std::sqrt(parts) : prior_sd;
    const auto constant = [](double value) { return Eigen::VectorXd::Constant(d, value); };
    result.full = {constant(0.2), constant(prior_sd)};  // a prior mean off 0, so that losing it shows
    result.truth = {Eigen::MatrixXd::Identity(d, d) / (prior_sd * prior_sd), constant(0.2) / (prior_sd * prior_sd)};
    for (int k = 0; k < parts; ++k) {
        Posterior own{Eigen::MatrixXd::Identity(d, d) / (own_sd * own_sd), constant(0.2) / (own_sd * own_sd)};
        for (int row = 0; row < rows; ++row) {
            Eigen::VectorXd x = factor * normal.next(d);
            if (unlike) x(k % d) *= 3.0;
            const double y = x.dot(theta) + normal.next();
            own.precision += x * x.transpose();
            own.shift += x * y;
            result.truth.precision += x * x.transpose();
            result.truth.shift += x * y;
        }
        const Eigen::MatrixXd root = own.covariance().llt().matrixL();
        Eigen::MatrixXd x(draws, d);
        for (Eigen::Index i = 0; i < draws; ++i) x.row(i) = (own.mean() + root * normal.next(d)).transpose();
        result.parts.push_back({x, {constant(0.2), constant(own_sd)}});
    }
    return result;
}

struct Errors {
    double mean;
    double sd;
    double correlation;
};

Errors errors(const Moments& got, const Posterior& truth) {
    const Eigen::VectorXd sd = standard_deviations(truth.covariance());
    return {((got.mean - truth.mean()).array() / sd.array()).abs().maxCoeff(),
            (standard_deviations(got.covariance).array() / sd.array() - 1.0).abs().maxCoeff(),
            (correlation(got.covariance) - correlation(truth.covariance())).cwiseAbs().maxCoeff()};
}

}  // namespace

TEST_CASE("consensus: the product of parts is the whole posterior, tempered or corrected") {
    for (const int parts : {2, 4})
        for (const bool unlike : {false, true})
            for (const double prior_sd : {1.0, 0.1})
                for (const bool tempered : {true, false}) {
                    INFO(parts << " parts, unlike " << unlike << ", prior sd " << prior_sd << ", tempered "
                               << tempered);
                    const Experiment e = regression(parts, unlike, prior_sd, tempered, 11);
                    const Consensus got = consensus(e.parts, e.full, plain, 1.0);
                    const Errors off = errors(got.merged, e.truth);
                    CHECK(off.mean < 0.1);
                    CHECK(off.sd < 0.03);
                    CHECK(off.correlation < 0.03);
                }
}

TEST_CASE("consensus: a prior that is counted twice would show") {
    Experiment e = regression(2, true, 0.1, false, 11);
    for (Subposterior& part : e.parts) part.prior.sd *= std::sqrt(2.0);  // claims tempering that was not done
    CHECK(errors(consensus(e.parts, e.full, plain, 1.0).merged, e.truth).mean > 0.5);
}

TEST_CASE("consensus: a missing part leaves the whole prior in once") {
    const Experiment e = regression(2, false, 0.1, true, 5);
    const Consensus one = consensus(std::span(e.parts.data(), 1), e.full, plain, 1.0);
    // The only part had prior^(1/2); the other half of the prior must have been put in.
    const Moments own = moments(e.parts[0].x);
    // The inverse of a sample covariance counts by (n - p - 2) / (n - 1): it is too large on average.
    const auto n = static_cast<double>(e.parts[0].x.rows());
    const Eigen::MatrixXd added = one.merged.covariance.inverse() - (n - 5.0) / (n - 1.0) * own.covariance.inverse();
    CHECK((added - 50.0 * Eigen::MatrixXd::Identity(3, 3)).norm() < 1e-6);
}

TEST_CASE("consensus: many parts of few draws do not add up to too small an sd") {
    constexpr Eigen::Index draws = 40, sites = 3;
    constexpr int parts = 1600;
    NormalDraws normal(8);
    Eigen::VectorXd flat = Eigen::VectorXd::Constant(sites, 1e6);
    std::vector<Subposterior> all;
    for (int k = 0; k < parts; ++k) {
        Eigen::MatrixXd x(draws, sites);
        for (Eigen::Index i = 0; i < draws; ++i) x.row(i) = normal.next(sites).transpose();
        all.push_back({x, {Eigen::VectorXd::Zero(sites), flat}});
    }
    const auto merged = consensus(all, {Eigen::VectorXd::Zero(sites), flat}, plain, 1.0).merged;
    const Eigen::VectorXd ratio = standard_deviations(merged.covariance) * std::sqrt(static_cast<double>(parts));
    // Without the correction the ratio is sqrt((40 - 5) / 39) = .947.
    CHECK((ratio.array() - 1.0).abs().maxCoeff() < 0.015);
}

TEST_CASE("consensus: no positive definite product is refused") {
    Experiment e = regression(4, false, 0.1, false, 3);
    for (Subposterior& part : e.parts) part.prior.sd.setConstant(0.01);  // claims priors narrower than the posterior
    try {
        (void)consensus(e.parts, e.full, plain, 1.0);
        FAIL("accepted");
    } catch (const Error& error) {
        CHECK(std::string(error.what()).find("positive definite") != std::string::npos);
    }
}

TEST_CASE("consensus: tension of parts of one truth is chi-square, of parts that disagree it is not") {
    double mean = 0.0;
    constexpr int rounds = 40;
    for (int seed = 0; seed < rounds; ++seed) {
        const Experiment e = regression(4, true, 10.0, true, static_cast<std::uint64_t>(seed));
        mean += consensus(e.parts, e.full, plain, 1.0).tension / rounds;
    }
    CHECK(mean == Approx(9.0).margin(3.0 * std::sqrt(18.0 / rounds)));  // (4 - 1) x 3 degrees of freedom
    Experiment e = regression(2, false, 10.0, true, 1);
    e.parts[0].x.rowwise() += 12.0 * standard_deviations(moments(e.parts[0].x).covariance).transpose();
    CHECK(consensus(e.parts, e.full, plain, 1.0).tension_p < 1e-6);
}

namespace {

// u = (x0, x1 + b x0^2, x2): straightens a banana; its Jacobian is 1. u = exp(x0) has another.
class Straightened final : public Coordinate {
  public:
    [[nodiscard]] std::string name() const override { return "straight"; }
    [[nodiscard]] std::string description() const override { return "straightened"; }
    bool from_sampling(const Eigen::VectorXd& x, Eigen::VectorXd& u, Eigen::MatrixXd& du_dx) const override {
        u = x;
        u(1) += 0.25 * x(0) * x(0);
        du_dx.setIdentity(x.size(), x.size());
        du_dx(1, 0) = 0.5 * x(0);
        return true;
    }
    bool to_sampling(const Eigen::VectorXd& u, Eigen::VectorXd& x) const override {
        x = u;
        x(1) -= 0.25 * u(0) * u(0);
        return true;
    }
};

class Exponential final : public Coordinate {  // a bad choice for Gaussian draws of x
  public:
    [[nodiscard]] std::string name() const override { return "exp"; }
    [[nodiscard]] std::string description() const override { return "exponential"; }
    bool from_sampling(const Eigen::VectorXd& x, Eigen::VectorXd& u, Eigen::MatrixXd& du_dx) const override {
        u = x.array().exp();
        du_dx = u.asDiagonal();
        return true;
    }
    bool to_sampling(const Eigen::VectorXd& u, Eigen::VectorXd& x) const override {
        if (!(u.minCoeff() > 0.0)) return false;
        x = u.array().log();
        return true;
    }
};

}  // namespace

TEST_CASE("consensus: the coordinate nearer to Gaussian is taken") {
    const Experiment e = regression(2, false, 1.0, true, 2);
    const Straightened straight;
    const Exponential exponential;
    const std::vector<const Coordinate*> both{&sampling, &exponential};
    CHECK(consensus(e.parts, e.full, both, 1.0).coordinate == &sampling);

    Experiment banana = e;  // u is Gaussian as the regression's x was; x is bent
    for (Subposterior& part : banana.parts) part.x.col(1) -= 0.25 * part.x.col(0).cwiseAbs2();
    for (Subposterior& part : banana.parts) part.prior.sd.setConstant(1e6);
    banana.full.sd.setConstant(1e6);
    const std::vector<const Coordinate*> straighten{&sampling, &straight};
    const Consensus got = consensus(banana.parts, banana.full, straighten, 1.0);
    CHECK(got.coordinate == &straight);
    REQUIRE(got.candidates.size() == 2);
    CHECK(got.candidates[1].distance < got.candidates[0].distance);
}

TEST_CASE("consensus: the surplus Jacobians of a curved coordinate are taken out") {
    // Four parts whose density in x, times |dx/du|^(1/4), is N(5, 1) in u = exp(x): the product of
    // the four densities in x, seen in u, is N(5, 1/4). In u a part's own density is N(5, 1)
    // u^(-3/4), by rejection.
    NormalDraws normal(9);
    const Eigen::VectorXd flat = Eigen::VectorXd::Constant(1, 1e9);
    std::vector<Subposterior> parts;
    for (int k = 0; k < 4; ++k) {
        Eigen::MatrixXd x(20000, 1);
        for (Eigen::Index kept = 0; kept < x.rows();) {
            const double u = 5.0 + normal.next();
            const double chance = 0.5 * std::erfc(-normal.next() / std::sqrt(2.0));  // uniform
            if (u > 1.0 && chance < std::pow(u, -0.75)) x(kept++, 0) = std::log(u);
        }
        parts.push_back({x, {Eigen::VectorXd::Zero(1), flat}});
    }
    const Exponential exponential;
    const std::vector<const Coordinate*> only{&exponential};
    const Consensus got = consensus(parts, {Eigen::VectorXd::Zero(1), flat}, only, 1.0);
    CHECK(got.merged.mean(0) == Approx(5.0).margin(0.02));  // without the weights: 4.85
    CHECK(got.merged.covariance(0, 0) == Approx(0.25).epsilon(0.03));
    CHECK(got.candidates[0].effective_share > 0.9);
}
