#include "homodyne/density/served_density.h"

#include <cmath>
#include <limits>
#include <stdexcept>

namespace hlaunch::homodyne {
namespace {

std::string bytes_of(const Eigen::VectorXd& x) {
    return {reinterpret_cast<const char*>(x.data()), static_cast<std::size_t>(x.size()) * sizeof(double)};
}

// Where a prior is not log-concave its second derivatives would make the curvature of the whole indefinite.
Eigen::MatrixXd without_hollows(const Eigen::MatrixXd& curvature) {
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(0.5 * (curvature + curvature.transpose()));
    return solver.eigenvectors() * solver.eigenvalues().cwiseMax(0.0).asDiagonal() * solver.eigenvectors().transpose();
}

}  // namespace

ServedDensity::ServedDensity(DensityRounds& rounds, const DensityModel& model, double counted, PosteriorOf of)
    : rounds_(rounds), model_(model), counted_(counted), of_(of) {}

Eigen::Index ServedDensity::dimensions() const {
    return static_cast<Eigen::Index>(model_.sites.size());
}

Eigen::VectorXd ServedDensity::log_density(const Eigen::MatrixXd& points) {
    if (of_ == PosteriorOf::coarse) throw std::logic_error("a coarse posterior has slopes alone");
    Eigen::VectorXd out(points.rows());
    const auto values = rounds_.values(points);
    for (Eigen::Index row = 0; row < points.rows(); ++row) {
        const auto& value = values[static_cast<std::size_t>(row)];
        known_[bytes_of(points.row(row))] = value;
        const double prior = of_ == PosteriorOf::yaml ? value.log_yaml_prior : value.log_prior;
        const double density = counted_ * value.log_likelihood + prior;
        out(row) = std::isnan(density) ? -std::numeric_limits<double>::infinity() : density;
    }
    return out;
}

std::vector<QuadraticForm> ServedDensity::quadratic(const Eigen::MatrixXd& points) {
    std::vector<QuadraticForm> out;
    for (const auto& slopes : rounds_.slopes(points, of_)) {
        QuadraticForm form;
        form.value = -(counted_ * slopes.log_likelihood + slopes.log_prior);
        form.inside = std::isfinite(form.value);
        if (form.inside) {
            form.gradient = counted_ * slopes.loss_gradient - slopes.prior_gradient;
            form.curvature = counted_ * slopes.information + without_hollows(-slopes.prior_curvature);
            form.inside = form.gradient.allFinite() && form.curvature.allFinite();
        }
        out.push_back(std::move(form));
    }
    return out;
}

const PointValues& ServedDensity::values_at(const Eigen::VectorXd& x) const {
    const auto found = known_.find(bytes_of(x));
    if (found == known_.end()) throw std::logic_error("a point of the posterior that was not evaluated");
    return found->second;
}

}  // namespace hlaunch::homodyne
