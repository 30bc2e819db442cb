#include "merge/statistics/moments.h"

#include <cmath>
#include <limits>

namespace hlaunch {

Moments moments(const Eigen::MatrixXd& values) {
    return weighted_moments(values, Eigen::VectorXd::Ones(values.rows()));
}

Moments weighted_moments(const Eigen::MatrixXd& values, const Eigen::VectorXd& weights) {
    const Eigen::VectorXd w = weights / weights.sum();
    Moments result;
    result.mean = values.transpose() * w;
    const Eigen::MatrixXd centred = values.rowwise() - result.mean.transpose();
    result.covariance = centred.transpose() * w.asDiagonal() * centred / (1.0 - w.squaredNorm());
    return result;
}

Eigen::VectorXd weights_from_log(const Eigen::VectorXd& log_weights) {
    return (log_weights.array() - log_weights.maxCoeff()).exp();
}

double effective_count(const Eigen::VectorXd& weights) {
    const double sum = weights.sum();
    return sum * sum / weights.squaredNorm();
}

Eigen::VectorXd standard_deviations(const Eigen::MatrixXd& covariance) {
    return covariance.diagonal().cwiseSqrt();
}

Eigen::MatrixXd correlation(const Eigen::MatrixXd& covariance) {
    const Eigen::VectorXd inverse = standard_deviations(covariance).cwiseInverse();
    return inverse.asDiagonal() * covariance * inverse.asDiagonal();
}

Mardia mardia(const Eigen::MatrixXd& values, const Eigen::VectorXd& weights) {
    const Moments fit = weighted_moments(values, weights);
    const Eigen::LLT<Eigen::MatrixXd> factor(fit.covariance);
    if (factor.info() != Eigen::Success) {
        constexpr double infinite = std::numeric_limits<double>::infinity();
        return {infinite, infinite, infinite};
    }
    // Whitened draws; b1 is then the squared norm of the third-moment tensor: O(n p^3), not O(n^2
    // p).
    const Eigen::MatrixXd white =
        factor.matrixL().solve((values.rowwise() - fit.mean.transpose()).transpose()).transpose();
    const Eigen::VectorXd w = weights / weights.sum();
    const Eigen::Index p = values.cols();
    Mardia result;
    for (Eigen::Index a = 0; a < p; ++a) {
        const Eigen::MatrixXd slice =
            white.transpose() * (w.array() * white.col(a).array()).matrix().asDiagonal() * white;
        result.skewness += slice.squaredNorm();
    }
    const auto gaussian = static_cast<double>(p * (p + 2));
    result.excess_kurtosis = white.rowwise().squaredNorm().array().square().matrix().dot(w) - gaussian;
    result.distance =
        0.5 * (result.skewness / 6.0 + result.excess_kurtosis * result.excess_kurtosis / (8.0 * gaussian));
    return result;
}

}  // namespace hlaunch
