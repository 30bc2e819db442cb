// Mean, covariance, correlation of draws, plain and weighted, and how far they are from Gaussian.
#pragma once

#include <Eigen/Dense>

namespace hlaunch {

struct Moments {
    Eigen::VectorXd mean;
    Eigen::MatrixXd covariance;  // denominator n - 1 (weighted: 1 - sum of squared normalised weights)
};

// Rows of `values` are draws. `weights` need not be normalised.
[[nodiscard]] Moments moments(const Eigen::MatrixXd& values);
[[nodiscard]] Moments weighted_moments(const Eigen::MatrixXd& values, const Eigen::VectorXd& weights);

// Weights from their logarithms, largest 1; and Kish's effective number of them, (sum w)^2 / sum
// w^2.
[[nodiscard]] Eigen::VectorXd weights_from_log(const Eigen::VectorXd& log_weights);
[[nodiscard]] double effective_count(const Eigen::VectorXd& weights);

[[nodiscard]] Eigen::VectorXd standard_deviations(const Eigen::MatrixXd& covariance);
[[nodiscard]] Eigen::MatrixXd correlation(const Eigen::MatrixXd& covariance);

// Mardia (1970): skewness b1 (0 for a Gaussian) and excess of kurtosis b2 - p(p+2) (0 for a
// Gaussian), and from them an estimate of the distance to the Gaussian of the same moments in nats,
// (b1 / 6 + excess^2 / (8 p (p + 2))) / 2: half of Mardia's two test statistics, a draw.
struct Mardia {
    double skewness = 0.0;
    double excess_kurtosis = 0.0;
    double distance = 0.0;
};
[[nodiscard]] Mardia mardia(const Eigen::MatrixXd& values, const Eigen::VectorXd& weights);

}  // namespace hlaunch
