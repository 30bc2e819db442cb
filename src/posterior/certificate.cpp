#include "posterior/certificate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"
#include "posterior/proposals/draw_pool.h"
#include "posterior/proposals/student_t.h"

namespace hlaunch {
KnownDraws draw_gaussian(const Coordinate& coordinate, const Moments& gaussian, Eigen::Index count,
                         RandomStream& random) {
    const Eigen::MatrixXd covariance = positive_definite(gaussian.covariance);
    const Eigen::MatrixXd factor = covariance.llt().matrixL();
    const Eigen::Index size = gaussian.mean.size();
    KnownDraws result{.x = Eigen::MatrixXd(count, size), .log_density = Eigen::VectorXd(count), .redrawn = 0};
    std::vector<Eigen::Index> kept;
    for (Eigen::Index row = 0; row < count;) {
        const Eigen::VectorXd score = random.normals(size);
        const Eigen::MatrixXd u = (gaussian.mean + factor * score).transpose();
        const Eigen::MatrixXd x = invert_points(coordinate, u, kept);
        const double slope = kept.empty() ? NAN : map_points(coordinate, x).log_slope(0);
        if (std::isnan(slope)) {
            if (++result.redrawn > 10 * count)
                throw failure("the Gaussian in {} lies mostly outside of the model's bounds", coordinate.name());
            continue;
        }
        result.x.row(row) = x;
        result.log_density(row++) = slope - 0.5 * score.squaredNorm();
    }
    return result;
}

Moments gaussian_of(const Eigen::MatrixXd& x, std::span<const Coordinate* const> coordinates, const Coordinate*& best) {
    constexpr double least_mapped = 0.999;
    Moments result;
    double least = std::numeric_limits<double>::infinity();
    best = nullptr;
    for (const Coordinate* coordinate : coordinates) {
        const MappedPoints points = map_points(*coordinate, x);
        Eigen::VectorXd weights(x.rows());
        for (Eigen::Index i = 0; i < x.rows(); ++i) weights(i) = std::isnan(points.log_slope(i)) ? 0.0 : 1.0;
        if (weights.sum() < least_mapped * static_cast<double>(x.rows())) continue;
        const double distance = mardia(points.u, weights).distance;
        if (!(distance < least)) continue;
        least = distance;
        best = coordinate;
        result = weighted_moments(points.u, weights);
    }
    return result;
}

Certificate certify(const Eigen::MatrixXd& x, const Eigen::VectorXd& log_ratio) {
    constexpr double least_effective = 100.0;
    Certificate result;
    result.weights = smooth_weights(log_ratio);
    result.limit = k_hat_limit(x.rows());
    if (result.weights.effective > 1.0)
        result.variance_k_hat = k_hat_of_variances(x, log_ratio, result.weights, x.rows());
    if (!(result.weights.k_hat < result.limit))
        result.reason = fmt::format("k-hat {:.2f} is not below {:.2f}", result.weights.k_hat, result.limit);
    else if (!(result.variance_k_hat < result.limit))
        result.reason =
            fmt::format("k-hat of the variances, {:.2f}, is not below {:.2f}", result.variance_k_hat, result.limit);
    else if (!(result.weights.effective >= least_effective))
        result.reason = fmt::format("{:.0f} of {} draws are effective, {:.0f} needed", result.weights.effective,
                                    x.rows(), least_effective);
    result.certified = result.reason.empty();
    return result;
}

}  // namespace hlaunch
