#include "posterior/basins.h"

#include <cmath>
#include <limits>

#include "posterior/proposals/draw_pool.h"
#include "posterior/proposals/student_t.h"

namespace hlaunch {

Eigen::VectorXd shares_of_mass(const Coordinate& coordinate, const std::vector<Maximum>& maxima,
                               const Eigen::MatrixXd& x, const Eigen::VectorXd& log_weights) {
    Eigen::VectorXd result = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(maxima.size()));
    if (x.rows() == 0) return result;
    const MappedPoints points = map_points(coordinate, x);
    Eigen::MatrixXd distances =
        Eigen::MatrixXd::Constant(x.rows(), result.size(), std::numeric_limits<double>::infinity());
    Eigen::VectorXd u;
    Eigen::MatrixXd slope;
    for (Eigen::Index k = 0; k < result.size(); ++k) {
        const Maximum& maximum = maxima[static_cast<std::size_t>(k)];
        if (!coordinate.from_sampling(maximum.x, u, slope)) continue;
        distances.col(k) = StudentT(u, slope * maximum.covariance * slope.transpose()).squared_distances(points.u);
    }
    for (Eigen::Index i = 0; i < x.rows(); ++i) {
        Eigen::Index nearest = 0;
        const double least = distances.row(i).minCoeff(&nearest);
        if (!std::isnan(points.log_slope(i)) && std::isfinite(least)) result(nearest) += std::exp(log_weights(i));
    }
    return result;
}

}  // namespace hlaunch
