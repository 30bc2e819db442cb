#include "merge/statistics/normal_draws.h"

#include "merge/statistics/moments.h"
#include "merge/statistics/special_functions.h"

namespace hlaunch {

double NormalDraws::next() {
    // 53 random bits, centred in their cell: never 0 or 1.
    const double uniform = (static_cast<double>(generator_() >> 11) + 0.5) * 0x1p-53;
    return normal_quantile(uniform);
}

Eigen::VectorXd NormalDraws::next(Eigen::Index dimensions) {
    Eigen::VectorXd result(dimensions);
    for (double& value : result) value = next();
    return result;
}

Eigen::MatrixXd NormalDraws::standardised(Eigen::Index rows, Eigen::Index dimensions) {
    Eigen::MatrixXd result(rows, dimensions);
    for (Eigen::Index row = 0; row < rows; ++row) result.row(row) = next(dimensions).transpose();
    const Moments sample = moments(result);
    const Eigen::LLT<Eigen::MatrixXd> factor(sample.covariance);
    if (rows <= dimensions || factor.info() != Eigen::Success) return result;
    return factor.matrixL().solve((result.rowwise() - sample.mean.transpose()).transpose()).transpose();
}

}  // namespace hlaunch
