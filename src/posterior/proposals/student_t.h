// Multivariate t distributions and mixtures of them: proposals whose tails are heavier than a Gaussian's.
#pragma once

#include <Eigen/Dense>
#include <vector>

#include "posterior/proposals/random_stream.h"

namespace hlaunch {

// Symmetric, and positive definite: eigenvalues of the correlations are raised to at least 1e-10 of the largest. A
// variance that is not positive and finite becomes 1e-20 of the others' mean.
[[nodiscard]] Eigen::MatrixXd positive_definite(const Eigen::MatrixXd& covariance);

class StudentT {
  public:
    static constexpr int degrees = 8;

    // `scale` is the covariance of the Gaussian that is divided by sqrt(chi-square / degrees); repaired where it has to
    // be.
    StudentT(Eigen::VectorXd centre, const Eigen::MatrixXd& scale);
    [[nodiscard]] const Eigen::VectorXd& centre() const { return centre_; }
    [[nodiscard]] const Eigen::MatrixXd& scale() const { return scale_; }
    [[nodiscard]] Eigen::VectorXd draw(RandomStream& random) const;
    // Of each row of `points`: Mahalanobis' distance, squared; and log densities from these.
    [[nodiscard]] Eigen::VectorXd squared_distances(const Eigen::MatrixXd& points) const;
    [[nodiscard]] Eigen::VectorXd log_densities(const Eigen::VectorXd& squared_distances) const;

  private:
    Eigen::VectorXd centre_;
    Eigen::MatrixXd scale_;
    Eigen::MatrixXd factor_;  // lower triangle
    double log_constant_ = 0.0;
};

class MixtureOfT {
  public:
    MixtureOfT(std::vector<StudentT> parts, Eigen::VectorXd weights);  // positive; normalised here
    [[nodiscard]] const std::vector<StudentT>& parts() const { return parts_; }
    [[nodiscard]] const Eigen::VectorXd& weights() const { return weights_; }
    // A row a draw, part by part: each part gets count x weight draws, rounded at random.
    [[nodiscard]] Eigen::MatrixXd draw(Eigen::Index count, RandomStream& random) const;
    // Points x parts: log of weight x density.
    [[nodiscard]] Eigen::MatrixXd log_parts(const Eigen::MatrixXd& points) const;
    [[nodiscard]] Eigen::VectorXd log_density(const Eigen::MatrixXd& points) const;

  private:
    std::vector<StudentT> parts_;
    Eigen::VectorXd weights_;
};

}  // namespace hlaunch
