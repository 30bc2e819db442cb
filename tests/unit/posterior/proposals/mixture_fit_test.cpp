#include <cmath>

#include "catch.h"
#include "posterior/densities.h"
#include "posterior/proposals/mixture_fit.h"

using namespace hlaunch;

TEST_CASE("a mixture of two far parts is found, with its shares") {
    RandomStream random(9, 0);
    const Eigen::MatrixXd scale = posterior_test::chosen_covariance(3);
    const Eigen::VectorXd far = 20.0 * scale.diagonal().cwiseSqrt();
    const MixtureOfT truth({StudentT(Eigen::VectorXd::Zero(3), scale), StudentT(far, scale)},
                           Eigen::Vector2d(0.8, 0.2));
    const Eigen::MatrixXd draws = truth.draw(3000, random);
    const MixtureOfT fit = fit_mixture(draws, Eigen::VectorXd::Ones(3000), 1);
    REQUIRE(fit.parts().size() == 2);
    const Eigen::Index small = fit.weights()(0) < fit.weights()(1) ? 0 : 1;
    CHECK(fit.weights()(small) == Approx(0.2).margin(0.01));
    const StudentT& part = fit.parts()[static_cast<std::size_t>(small)];
    CHECK((part.centre() - far).cwiseQuotient(scale.diagonal().cwiseSqrt()).cwiseAbs().maxCoeff() < 0.2);
    CHECK(part.scale()(2, 2) / scale(2, 2) == Approx(1.0).margin(0.25));
    // The density of fresh draws is nearly the true one's.
    const Eigen::MatrixXd fresh = truth.draw(3000, random);
    CHECK((truth.log_density(fresh) - fit.log_density(fresh)).mean() < 0.02);
}

TEST_CASE("weights count: draws of weight zero have no part in it, and the same seed gives the same bits") {
    RandomStream random(10, 0);
    Eigen::MatrixXd draws(2000, 2);
    Eigen::VectorXd weights = Eigen::VectorXd::Ones(2000);
    for (Eigen::Index i = 0; i < 2000; ++i) {
        draws.row(i) = random.normals(2).transpose();
        if (i % 2 == 0) draws.row(i).array() += 100.0, weights(i) = 0.0;
    }
    const MixtureOfT fit = fit_mixture(draws, weights, 5);
    CHECK(fit.parts().size() == 1);
    CHECK(fit.parts().front().centre().norm() < 0.2);
    const MixtureOfT again = fit_mixture(draws, weights, 5);
    CHECK(fit.log_density(draws) == again.log_density(draws));
}

TEST_CASE("a bent density gets more than one part") {
    RandomStream random(11, 0);
    Eigen::MatrixXd draws(2000, 2);
    for (Eigen::Index i = 0; i < 2000; ++i) {
        const Eigen::VectorXd normals = random.normals(2);
        draws.row(i) << normals(0), normals(0) * normals(0) + 0.2 * normals(1);
    }
    const Eigen::VectorXd weights = Eigen::VectorXd::Ones(2000);
    MixtureFitLimits one;
    one.most_parts = 1;
    const MixtureOfT bent = fit_mixture(draws, weights, 5);
    CHECK(bent.parts().size() >= 3);
    CHECK(bent.log_density(draws).mean() > fit_mixture(draws, weights, 5, one).log_density(draws).mean() + 0.5);
}
