#include "homodyne/density/served_density.h"

#include <cmath>
#include <limits>
#include <stdexcept>

#include "catch.h"
#include "homodyne/density/posterior_starts.h"

namespace hlaunch::homodyne {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Site scaled(const std::string& parameter, double center) {
    return {.name = parameter + "_z",
            .parameter = parameter,
            .kind = SiteKind::z,
            .center = center,
            .scale = 0.1,
            .low = 0.0,
            .high = 2.0};
}

DensityModel model_of(const std::vector<std::string>& parameters) {
    DensityModel model;
    for (const auto& name : parameters) model.sites.push_back(scaled(name, 0.5));
    Site sigma;
    sigma.name = "sigma";
    sigma.parameter = "log_sigma";
    sigma.kind = SiteKind::direct;
    sigma.prior_loc = std::log(0.02);
    model.sites.push_back(sigma);
    model.logs.assign(parameters.size(), false);
    model.logs.push_back(true);
    model.points = 1000;
    model.times_counted = 2;
    model.coarse_points = 500;
    model.noise_scale = 0.02;
    return model;
}

// Log likelihood -x^2, log prior -2 (x - 1)^2, the YAML's -3 (x + 1)^2, in the first component; slopes are of the kind
// asked for.
class Parabolas final : public DensityRounds {
  public:
    PosteriorOf asked = PosteriorOf::all;
    double hollow = 0.0, squares = 0.0;
    std::vector<PointValues> values(const Eigen::MatrixXd& x) override {
        std::vector<PointValues> out;
        for (Eigen::Index row = 0; row < x.rows(); ++row) {
            const double at = x(row, 0);
            out.push_back({.log_likelihood = at > 5.0 ? nan : -at * at,
                           .log_prior = -2.0 * (at - 1.0) * (at - 1.0),
                           .log_yaml_prior = -3.0 * (at + 1.0) * (at + 1.0)});
        }
        return out;
    }
    std::vector<PointSlopes> slopes(const Eigen::MatrixXd& x, PosteriorOf of) override {
        asked = of;
        std::vector<PointSlopes> out;
        const auto n = x.cols();
        for (Eigen::Index row = 0; row < x.rows(); ++row) {
            PointSlopes here;
            here.log_likelihood = x(row, 0) > 5.0 ? nan : -x(row, 0) * x(row, 0);
            here.log_prior = -2.0;
            here.loss_gradient = Eigen::VectorXd::Constant(n, 2.0 * x(row, 0));
            here.loss_gradient(n - 1) = 500.0 - squares * std::exp(-2.0 * x(row, n - 1));
            here.prior_gradient = Eigen::VectorXd::Ones(n);
            here.information = 2.0 * Eigen::MatrixXd::Identity(n, n);
            here.prior_curvature = Eigen::MatrixXd::Identity(n, n) * -4.0;
            here.prior_curvature(0, 0) = hollow;
            out.push_back(std::move(here));
        }
        return out;
    }
};

}  // namespace

TEST_CASE("the density is the likelihood as often as pairs count, and the priors that are asked for, once") {
    const auto model = model_of({"contrast"});
    Parabolas rounds;
    Eigen::MatrixXd x(2, 2);
    x << 0.5, -4.0, 6.0, -4.0;
    ServedDensity once(rounds, model, 1.0), twice(rounds, model, 2.0), yaml(rounds, model, 2.0, PosteriorOf::yaml);
    CHECK(once.dimensions() == 2);
    CHECK(once.log_density(x)(0) == Approx(-0.25 - 0.5));
    CHECK(twice.log_density(x)(0) == Approx(-0.5 - 0.5));
    CHECK(yaml.log_density(x)(0) == Approx(-0.5 - 6.75));
    CHECK(std::isinf(once.log_density(x)(1)));
    CHECK(once.values_at(x.row(0)).log_likelihood == -0.25);
    CHECK_THROWS_AS(once.values_at(Eigen::Vector2d(0.1, 0.1)), std::logic_error);
    ServedDensity coarse(rounds, model, 2.0, PosteriorOf::coarse);
    CHECK_THROWS_AS(coarse.log_density(x), std::logic_error);
}

TEST_CASE("slopes are those of what was asked for; a prior that is hollow bends nothing the wrong way") {
    const auto model = model_of({"contrast"});
    Parabolas rounds;
    Eigen::MatrixXd x(2, 2);
    x << 0.5, -4.0, 6.0, -4.0;
    for (const auto of : {PosteriorOf::all, PosteriorOf::coarse, PosteriorOf::yaml}) {
        for (const double hollow : {-1.0, 3.0}) {
            rounds.hollow = hollow;
            ServedDensity density(rounds, model, 2.0, of);
            const auto forms = density.quadratic(x);
            CHECK(rounds.asked == of);
            REQUIRE(forms.size() == 2);
            REQUIRE(forms[0].inside);
            CHECK_FALSE(forms[1].inside);
            CHECK(forms[0].value == Approx(2.0 * 0.25 + 2.0));
            CHECK(forms[0].gradient(0) == Approx(2.0 * 1.0 - 1.0));
            CHECK(forms[0].curvature(0, 0) == Approx(4.0 + (hollow < 0.0 ? -hollow : 0.0)));
            CHECK(forms[0].curvature(1, 1) == Approx(8.0));
        }
    }
}

TEST_CASE("the search begins at the fit, at the priors' centre and around it") {
    const auto model = model_of({"contrast_0", "contrast_1"});
    const SiteMap map(model.sites, model.times);
    const auto none = posterior_starts(model, map, std::nullopt, 3);
    CHECK(none.rows() == 5);
    CHECK(none.row(0).transpose() == model.prior_centre());
    CHECK((none.col(2).array() == std::log(0.02)).all());
    CHECK(none == posterior_starts(model, map, std::nullopt, 3));
    CHECK(none != posterior_starts(model, map, std::nullopt, 4));
    NlsqResult fit;
    fit.parameters = {{"contrast", 0.6, 0.1}};  // one for all angles
    const auto with = posterior_starts(model, map, fit, 3);
    REQUIRE(with.rows() == 6);
    CHECK(*model.sites[0].value(with(0, 0)) == Approx(0.6));
    CHECK(*model.sites[1].value(with(0, 1)) == Approx(0.6));
    CHECK(with.bottomRows(5) == none);
    // Outside of the bounds, or of another model: no start.
    fit.parameters = {{"contrast", 3.0, 0.1}};
    CHECK(posterior_starts(model, map, fit, 3).rows() == 5);
    fit.parameters = {{"D0", 3.0, 0.1}};
    CHECK(posterior_starts(model, map, fit, 3).rows() == 5);
}

TEST_CASE("the noise goes with the residuals of each start, and those without density are left out") {
    const auto model = model_of({"contrast"});
    Parabolas rounds;
    rounds.squares = 500.0 * 0.03 * 0.03;
    Eigen::MatrixXd x(3, 2);
    x << 0.1, -4.0, 6.0, -4.0, -0.2, -2.0;
    const auto fitted = with_fitted_noise(rounds, model, x);
    CHECK(rounds.asked == PosteriorOf::coarse);
    REQUIRE(fitted.rows() == 2);
    CHECK(fitted(0, 0) == 0.1);
    CHECK(fitted(1, 0) == -0.2);
    CHECK(fitted(0, 1) == Approx(std::log(0.03)));
    CHECK(fitted(1, 1) == Approx(std::log(0.03)));
}

TEST_CASE("of a small scan nothing is searched on a subset first") {
    auto model = model_of({"contrast"});
    Parabolas rounds;
    const Eigen::MatrixXd x = Eigen::MatrixXd::Constant(2, 2, 0.5);
    CHECK(with_coarse_maxima(rounds, model, 2.0, x) == x);
    CHECK(rounds.asked == PosteriorOf::all);  // nobody was asked
}

}  // namespace hlaunch::homodyne
