#include "homodyne/sites/site_map.h"

#include <cmath>
#include <random>

#include "base/error.h"
#include "catch.h"
#include "homodyne/sites/parameter_space.h"
#include "homodyne/sites/power_law.h"

using namespace hlaunch;

namespace {

Site z_site(const std::string& parameter, double center, double scale, double low, double high) {
    return {parameter + "_z", parameter, SiteKind::z, center, scale, low, high, 0.0, 1.0, 1.0};
}
Site direct_site(const std::string& name, std::optional<double> low, std::optional<double> high) {
    return {name, name, SiteKind::direct, 0.0, 1.0, low, high, 0.0, 1.0, 1.0};
}

std::vector<Site> static_sites() {
    return {z_site("contrast", 0.5, 0.25, 0.0, 1.0), z_site("D0", 30000.0, 20000.0, 1000.0, 200000.0),
            z_site("alpha", -0.5, 0.3, -1.5, 0.5), z_site("D_offset", 0.0, 2000.0, -10000.0, 10000.0)};
}

// Laminar flow as homodyne reparameterises it: mixed z, direct and reference-time sites.
std::vector<Site> laminar_sites() {
    return {z_site("contrast", 0.5, 0.25, 0.0, 1.0),
            direct_site("log_D_ref", {}, {}),
            direct_site("alpha", -2.0, 2.0),
            direct_site("D_offset_ratio", -0.9999, {}),
            z_site("beta", 0.0, 1.0, -2.0, 2.0),
            direct_site("log_gamma_ref", {}, {}),
            z_site("gamma_dot_t_offset", 0.0, 0.05, -0.1, 0.1),
            z_site("phi0", 0.0, 5.0, -10.0, 10.0)};
}

const TimeRange times{0.1, 6.3, std::sqrt(0.63)};

void check_map(const SiteMap& map, const Eigen::VectorXd& middle, const Eigen::VectorXd& spread, unsigned seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<double> uniform(-1.0, 1.0);
    int mapped = 0;
    for (int round = 0; round < 100; ++round) {
        Eigen::VectorXd x = middle;
        for (Eigen::Index i = 0; i < x.size(); ++i) x(i) += spread(i) * uniform(random);
        Eigen::VectorXd theta;
        Eigen::VectorXd back;
        REQUIRE(map.to_parameters(x, theta));
        REQUIRE(map.to_sites(theta, back));
        CHECK((back - x).norm() < 1e-8 * (1.0 + x.norm()));
        auto coordinates = map.coordinates();
        if (map.anchored() != nullptr) coordinates.push_back(map.anchored());
        for (const Coordinate* coordinate : coordinates) {
            INFO(coordinate->description());
            Eigen::VectorXd u;
            Eigen::MatrixXd du_dx;
            if (!coordinate->from_sampling(x, u, du_dx)) continue;
            ++mapped;
            REQUIRE(coordinate->to_sampling(u, back));
            CHECK((back - x).norm() < 1e-6 * (1.0 + x.norm()));
            for (Eigen::Index i = 0; i < x.size(); ++i) {  // against central differences
                const double h = 1e-5;
                Eigen::VectorXd up = x;
                Eigen::VectorXd down = x;
                up(i) += h;
                down(i) -= h;
                Eigen::VectorXd u_up;
                Eigen::VectorXd u_down;
                Eigen::MatrixXd unused;
                if (!coordinate->from_sampling(up, u_up, unused) || !coordinate->from_sampling(down, u_down, unused))
                    continue;
                const Eigen::VectorXd numeric = (u_up - u_down) / (2.0 * h);
                CHECK((numeric - du_dx.col(i)).norm() < 1e-5 * (1.0 + du_dx.col(i).norm()));
            }
        }
    }
    CHECK(mapped > 150);
}

}  // namespace

TEST_CASE("sites: value is homodyne's smooth bound of centre + scale z") {
    const Site site = z_site("D0", 30000.0, 20000.0, 1000.0, 200000.0);
    // homodyne.optimization.cmc.scaling.ParameterScaling("D0", 3e4, 2e4, 1e3, 2e5).to_original(z),
    // homodyne 2.23.3
    CHECK(*site.value(0.0) == Approx(39828.66176177508).epsilon(1e-12));
    CHECK(*site.value(-0.81513738) == Approx(30592.68284512995).epsilon(1e-12));
    CHECK(*site.sampled(*site.value(1.25)) == Approx(1.25));
    CHECK_FALSE(site.sampled(200000.0).has_value());
    CHECK_FALSE(site.sampled(-5.0).has_value());
}

TEST_CASE("site maps and eta: there and back, derivatives as differences say") {
    const unsigned seed = 1;  // the same cases each time
    const SiteMap still(static_sites(), times);
    CHECK(still.parameters() == std::vector<std::string>{"D0", "D_offset", "alpha", "contrast"});
    REQUIRE(still.coordinates().size() == 2);
    CHECK(still.coordinates()[0]->name() == "z");
    CHECK(still.coordinates()[1]->name() == "eta");
    check_map(still, Eigen::Vector4d(-1.0, -0.8, 0.1, 0.7), Eigen::Vector4d(0.1, 0.1, 0.3, 0.3), seed);

    const SiteMap flow(laminar_sites(), times);
    CHECK(flow.parameters() == std::vector<std::string>{"D0", "D_offset", "alpha", "beta", "contrast", "gamma_dot_t0",
                                                        "gamma_dot_t_offset", "phi0"});
    CHECK(flow.coordinates().size() == 4);  // z, eta of D, eta of the shear rate, both
    Eigen::VectorXd middle(8);
    middle << -1.0, 9.5, -0.5, 0.05, 0.4, -4.0, 0.02, 0.3;
    Eigen::VectorXd spread(8);
    spread << 0.2, 0.3, 0.3, 0.04, 0.3, 0.5, 0.05, 0.5;
    check_map(flow, middle, spread, seed);
}

TEST_CASE("site maps: what leaves the bounds or the map is said so") {
    const SiteMap flow(laminar_sites(), times);
    Eigen::VectorXd x(8);
    x << -1.0, 9.5, -2.5, 0.05, 0.4, -4.0, 0.02, 0.3;  // alpha below -2
    Eigen::VectorXd theta;
    CHECK_FALSE(flow.to_parameters(x, theta));
    x(2) = 0.0;  // no power law left: z is fine, eta is not
    Eigen::VectorXd u;
    Eigen::MatrixXd du_dx;
    CHECK(flow.coordinates()[0]->from_sampling(x, u, du_dx));
    CHECK_FALSE(flow.coordinates()[1]->from_sampling(x, u, du_dx));
    u << -1.0, 9.0, 8.0, 8.5, 0.4, -4.0, 0.02, 0.3;  // D falls, then rises: no power law does
    CHECK_FALSE(flow.coordinates()[1]->to_sampling(u, x));

    CHECK(SiteMap(static_sites(), {}).coordinates().size() == 1);  // no times, no eta
    CHECK_THROWS_AS(SiteMap(laminar_sites(), TimeRange{}), Error);
    std::vector<Site> torn = laminar_sites();
    torn.erase(torn.begin() + 1);  // D_offset_ratio without log_D_ref
    CHECK_THROWS_AS(SiteMap(torn, times), Error);
    torn = static_sites();
    torn.push_back(torn.front());
    CHECK_THROWS_AS(SiteMap(torn, times), Error);
}

TEST_CASE("configs: bounds and priors as homodyne reads them") {
    const std::string configs = HLAUNCH_TEST_DATA "/fixtures/configs/";
    const ParameterSpace space = read_parameter_space(configs + "full_l.yaml");
    CHECK(space.dt == 0.1);
    CHECK(space.q == 0.0054);
    CHECK(space.find("D0")->center == 30000.0);
    CHECK(space.find("D0")->scale == 20000.0);       // prior_sigma = 20000, range / 10 = 19900
    CHECK(space.find("contrast_2")->center == 0.5);  // no prior in `bounds`; the section `priors` is not read
    CHECK(space.find("contrast_2")->scale == 0.25);  // range / 4
    CHECK(space.find("phi0")->low == -10.0);         // homodyne's default
    CHECK_FALSE(space.find("sigma").has_value());
    CHECK_THROWS_AS(space.site("sigma", 1.0, 1.0), Error);
    CHECK_THROWS_AS(read_parameter_space(configs + "absent.yaml"), Error);
    CHECK(without_angle("contrast_12") == "contrast");
    CHECK(without_angle("gamma_dot_t_offset") == "gamma_dot_t_offset");
    CHECK(is_model_parameter("offset_0"));
    CHECK_FALSE(is_model_parameter("D0_z"));
    CHECK_FALSE(is_model_parameter("n_numerical_issues"));
}

TEST_CASE("the anchored coordinate is defined where eta is not, and is found again from there") {
    const SiteMap map(laminar_sites(), times);
    const Coordinate* anchored = map.anchored();
    REQUIRE(anchored != nullptr);
    const auto offered = map.coordinates_of_posteriors();
    REQUIRE(offered.size() == 3);
    CHECK(offered.front()->name() == "eta");
    CHECK(offered[1]->name() == "eta-D");
    CHECK(offered.back()->name() == "z");
    Eigen::VectorXd x(8), u, back;
    Eigen::MatrixXd slope;
    // No flow to speak of, an offset below zero, and an exponent of zero.
    x << 0.1, 8.0, 0.0, 0.3, 0.0, -30.0, -0.02, 0.5;
    CHECK_FALSE(offered.front()->from_sampling(x, u, slope));
    REQUIRE(anchored->from_sampling(x, u, slope));
    CHECK(u(6) < 0.0);
    REQUIRE(anchored->to_sampling(u, back));
    CHECK((back - x).norm() < 1e-9 * x.norm());
    // A direct site between bounds reaches them at infinity; beyond them there is nothing.
    CHECK(std::abs(u(2)) < 1e-12);
    x(2) = 1.9999;
    REQUIRE(anchored->from_sampling(x, u, slope));
    CHECK(u(2) > 10.0);
    x(2) = 2.0;
    CHECK_FALSE(anchored->from_sampling(x, u, slope));
    u(2) = 0.0;
    u(6) = 40.0;  // an offset far above its bound
    CHECK_FALSE(anchored->to_sampling(u, back));
}

TEST_CASE("without times there is no anchored coordinate") {
    const SiteMap map(laminar_sites(), {std::nullopt, std::nullopt, 1.0});
    CHECK(map.anchored() == nullptr);
    CHECK(map.coordinates_of_posteriors().size() == 1);
}
