#include "homodyne/density/consensus_target.h"

#include <cmath>

#include "base/error.h"
#include "catch.h"

namespace hlaunch::homodyne {
namespace {

Site z_site(const std::string& parameter, double center, double scale, double low, double high) {
    return {.name = parameter + "_z",
            .parameter = parameter,
            .kind = SiteKind::z,
            .center = center,
            .scale = scale,
            .low = low,
            .high = high};
}

// Two scaled parameters and sigma.
DensityModel small_model() {
    DensityModel model;
    Site sigma;
    sigma.name = "sigma";
    sigma.parameter = "log_sigma";
    sigma.kind = SiteKind::direct;
    model.sites = {z_site("offset", 1.0, 0.2, 0.5, 1.5), sigma, z_site("contrast", 0.3, 0.1, 0.0, 1.0)};
    model.logs = {false, true, false};
    model.points = 2000;
    model.times_counted = 2;
    model.noise_scale = 0.02;
    return model;
}

// n points whose squares are S at any parameters; `twist` spoils the noise.
class GaussianNoise final : public DensityRounds {
  public:
    double squares = 0.0, twist = 0.0;
    std::vector<PointValues> values(const Eigen::MatrixXd& x) override {
        std::vector<PointValues> out;
        for (Eigen::Index row = 0; row < x.rows(); ++row) {
            const double log_sigma = x(row, 1);
            out.push_back({.log_likelihood = 17.0 - 1000.0 * log_sigma - 0.5 * squares * std::exp(-2.0 * log_sigma) +
                                             twist * std::exp(log_sigma)});
        }
        return out;
    }
    std::vector<PointSlopes> slopes(const Eigen::MatrixXd&, PosteriorOf) override { return {}; }
};

double log_normal(double x, double mean, double sd) {
    return -0.5 * (x - mean) * (x - mean) / (sd * sd);
}

}  // namespace

TEST_CASE("the noise of the likelihood is found from three rows") {
    const auto model = small_model();
    GaussianNoise rounds;
    rounds.squares = 1000.0 * 0.013 * 0.013;
    const Eigen::VectorXd x = Eigen::VectorXd::Zero(3);
    const auto noise = noise_proposal(rounds, model, x, 2.0);
    CHECK(noise.site == 1);
    CHECK(std::exp(noise.log_sigma.centre()(0)) == Approx(0.013).epsilon(1e-9));
    CHECK(std::sqrt(noise.log_sigma.scale()(0, 0)) == Approx(1.1 / std::sqrt(4000.0)).epsilon(1e-9));
    rounds.twist = 1e5;
    CHECK_THROWS_AS(noise_proposal(rounds, model, x, 2.0), Error);
}

TEST_CASE("a model without exactly one noise is no target") {
    auto model = small_model();
    model.logs = {false, false, false};
    CHECK_THROWS_AS(noise_site(model), Error);
    model.logs = {true, true, false};
    CHECK_THROWS_AS(noise_site(model), Error);
}

TEST_CASE("draws of other sites become points of the model with their density") {
    const auto model = small_model();
    // The shards' sites: another scale and another order.
    const SiteMap from({z_site("contrast", 0.25, 0.05, 0.0, 1.0), z_site("offset", 1.1, 0.1, 0.5, 1.5)}, {});
    const SiteMap to(model.sites, model.times);
    const TargetMap target(from, to, model);
    const NoiseProposal noise{1, StudentT(Eigen::VectorXd::Constant(1, -4.0), Eigen::MatrixXd::Constant(1, 1, 1e-4))};
    KnownDraws sampled;
    sampled.x.resize(2, 2);
    sampled.x << 0.3, -0.7, -1.1, 0.4;
    sampled.log_density.resize(2);
    for (Eigen::Index i = 0; i < 2; ++i)
        sampled.log_density(i) = log_normal(sampled.x(i, 0), 0.0, 1.0) + log_normal(sampled.x(i, 1), 0.0, 1.0);
    RandomStream random(3, 1);
    const auto draws = target.draws(sampled, noise, random);
    for (Eigen::Index i = 0; i < 2; ++i) {
        REQUIRE(draws.inside[static_cast<std::size_t>(i)]);
        const double contrast = *from.all()[0].value(sampled.x(i, 0)), offset = *from.all()[1].value(sampled.x(i, 1));
        CHECK(draws.parameters(i, 0) == Approx(contrast));
        CHECK(draws.parameters(i, 1) == Approx(offset));
        CHECK(*model.sites[0].value(draws.x(i, 0)) == Approx(offset));
        CHECK(*model.sites[2].value(draws.x(i, 2)) == Approx(contrast));
    }
    // d contrast = slope d z in both coordinates: the density changes by the ratio of the slopes.
    const auto expected = [&](Eigen::Index i) {
        const double slopes =
            std::log(model.sites[0].slope(draws.x(i, 0))) + std::log(model.sites[2].slope(draws.x(i, 2))) -
            std::log(from.all()[0].slope(sampled.x(i, 0))) - std::log(from.all()[1].slope(sampled.x(i, 1)));
        const Eigen::VectorXd at = draws.x.row(i).segment(1, 1);
        return sampled.log_density(i) + slopes +
               noise.log_sigma.log_densities(noise.log_sigma.squared_distances(at))(0);
    };
    CHECK(draws.log_density(0) - draws.log_density(1) == Approx(expected(0) - expected(1)).margin(1e-9));
}

TEST_CASE("a draw beyond the model's bounds is outside, other parameters are refused") {
    const auto model = small_model();
    const SiteMap to(model.sites, model.times);
    const SiteMap wide({z_site("contrast", 0.3, 0.1, -9.0, 9.0), z_site("offset", 1.0, 0.2, 0.5, 1.5)}, {});
    Eigen::VectorXd x, sampled(2);
    sampled << -8.0, 0.0;  // contrast about -0.5
    CHECK_FALSE(TargetMap(wide, to, model).point(sampled, -4.0, x));
    sampled << 0.5, 0.0;
    CHECK(TargetMap(wide, to, model).point(sampled, -4.0, x));
    CHECK(x(1) == -4.0);
    const SiteMap less({z_site("contrast", 0.3, 0.1, 0.0, 1.0)}, {});
    CHECK_THROWS_AS(TargetMap(less, to, model), Error);
    const SiteMap more({z_site("contrast", 0.3, 0.1, 0.0, 1.0), z_site("offset", 1.0, 0.2, 0.5, 1.5),
                        z_site("D0", 1e4, 1e3, 1.0, 1e5)},
                       {});
    CHECK_THROWS_AS(TargetMap(more, to, model), Error);
}

}  // namespace hlaunch::homodyne
