// A posterior density that is costly, known up to a constant, and evaluated many points at once.
#pragma once

#include <Eigen/Dense>
#include <vector>

namespace hlaunch {

// Of -log density at one point, by Gauss and Newton: curvature is J^T J of what is squared plus the prior's, positive
// semidefinite. Not inside: there is no density there, and the other members are empty.
struct QuadraticForm {
    bool inside = false;
    double value = 0.0;
    Eigen::VectorXd gradient;
    Eigen::MatrixXd curvature;
};

class Density {
  public:
    virtual ~Density() = default;
    [[nodiscard]] virtual Eigen::Index dimensions() const = 0;
    // A row a point. -infinity where there is none; never NaN.
    [[nodiscard]] virtual Eigen::VectorXd log_density(const Eigen::MatrixXd& points) = 0;
    [[nodiscard]] virtual std::vector<QuadraticForm> quadratic(const Eigen::MatrixXd& points) = 0;
};

}  // namespace hlaunch
