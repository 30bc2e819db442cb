#include "posterior/proposals/counted_density.h"

#include <cmath>
#include <limits>

namespace hlaunch {

Eigen::VectorXd CountedDensity::log_density(const Eigen::MatrixXd& points) {
    if (points.rows() == 0) return Eigen::VectorXd(0);
    evaluations_ += points.rows();
    ++batches_;
    Eigen::VectorXd values = density_->log_density(points);
    for (double& value : values)
        if (std::isnan(value)) value = -std::numeric_limits<double>::infinity();
    return values;
}

std::vector<QuadraticForm> CountedDensity::quadratic(const Eigen::MatrixXd& points) {
    if (points.rows() == 0) return {};
    quadratic_evaluations_ += points.rows();
    ++batches_;
    std::vector<QuadraticForm> forms = density_->quadratic(points);
    for (QuadraticForm& form : forms)
        form.inside =
            form.inside && std::isfinite(form.value) && form.gradient.allFinite() && form.curvature.allFinite();
    return forms;
}

}  // namespace hlaunch
