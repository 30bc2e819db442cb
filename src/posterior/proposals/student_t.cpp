#include "posterior/proposals/student_t.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "posterior/proposals/psis.h"

namespace hlaunch {

Eigen::MatrixXd positive_definite(const Eigen::MatrixXd& covariance) {
    constexpr double least_eigenvalue = 1e-10;
    constexpr double least_variance = 1e-20;
    const Eigen::Index size = covariance.rows();
    double sum = 0.0;
    double good = 0.0;
    const auto usable = [](double variance) { return variance > 0.0 && std::isfinite(variance); };
    for (const double variance : covariance.diagonal())
        if (usable(variance)) sum += variance, good += 1.0;
    const double fallback = good > 0.0 ? least_variance * sum / good : 1.0;
    Eigen::VectorXd sd(size);
    for (Eigen::Index i = 0; i < size; ++i) sd(i) = std::sqrt(usable(covariance(i, i)) ? covariance(i, i) : fallback);
    Eigen::MatrixXd correlation(size, size);
    for (Eigen::Index i = 0; i < size; ++i)
        for (Eigen::Index j = 0; j < size; ++j) {
            const double value = 0.5 * (covariance(i, j) + covariance(j, i)) / (sd(i) * sd(j));
            correlation(i, j) = i == j ? 1.0 : std::isfinite(value) ? value : 0.0;
        }
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(correlation);
    const double floor = least_eigenvalue * std::max(1.0, eigen.eigenvalues().maxCoeff());
    if (eigen.eigenvalues().minCoeff() < floor) {
        const Eigen::MatrixXd& vectors = eigen.eigenvectors();
        correlation.setZero();
        for (Eigen::Index k = 0; k < size; ++k)
            correlation += std::max(floor, eigen.eigenvalues()(k)) * vectors.col(k) * vectors.col(k).transpose();
    }
    return sd.asDiagonal() * correlation * sd.asDiagonal();
}

StudentT::StudentT(Eigen::VectorXd centre, const Eigen::MatrixXd& scale)
    : centre_(std::move(centre)), scale_(positive_definite(scale)) {
    // Cholesky of the correlations: variances of very different sizes then do no harm.
    const Eigen::VectorXd sd = scale_.diagonal().cwiseSqrt();
    const Eigen::VectorXd inverse = sd.cwiseInverse();
    const Eigen::LLT<Eigen::MatrixXd> cholesky(inverse.asDiagonal() * scale_ * inverse.asDiagonal());
    factor_ = sd.asDiagonal() * Eigen::MatrixXd(cholesky.matrixL());
    const double n = degrees;
    const auto d = static_cast<double>(centre_.size());
    log_constant_ = std::lgamma(0.5 * (n + d)) - std::lgamma(0.5 * n) - 0.5 * d * std::log(n * std::numbers::pi) -
                    factor_.diagonal().array().log().sum();
}

Eigen::VectorXd StudentT::draw(RandomStream& random) const {
    const Eigen::VectorXd normals = random.normals(centre_.size());
    const double stretch = std::sqrt(degrees / random.chi_square(degrees));
    const Eigen::VectorXd correlated = factor_.triangularView<Eigen::Lower>() * normals;
    return centre_ + stretch * correlated;
}

Eigen::VectorXd StudentT::squared_distances(const Eigen::MatrixXd& points) const {
    // Forward substitution for all points at once; what a row gets does not depend on the others.
    Eigen::MatrixXd white = points.rowwise() - centre_.transpose();
    Eigen::VectorXd result = Eigen::VectorXd::Zero(points.rows());
    for (Eigen::Index j = 0; j < white.cols(); ++j) {
        for (Eigen::Index k = 0; k < j; ++k) white.col(j) -= factor_(j, k) * white.col(k);
        white.col(j) /= factor_(j, j);
        result += white.col(j).cwiseAbs2();
    }
    return result;
}

Eigen::VectorXd StudentT::log_densities(const Eigen::VectorXd& squared_distances) const {
    const double power = 0.5 * (degrees + static_cast<double>(centre_.size()));
    return squared_distances.unaryExpr(
        [&](double squared) { return log_constant_ - power * std::log1p(squared / degrees); });
}

MixtureOfT::MixtureOfT(std::vector<StudentT> parts, Eigen::VectorXd weights)
    : parts_(std::move(parts)), weights_(std::move(weights)) {
    weights_ /= weights_.sum();
}

Eigen::MatrixXd MixtureOfT::draw(Eigen::Index count, RandomStream& random) const {
    Eigen::MatrixXd result(count, parts_.front().centre().size());
    const double offset = random.uniform();
    std::size_t part = 0;
    double reached = weights_(0);
    for (Eigen::Index i = 0; i < count; ++i) {
        while (part + 1 < parts_.size() && reached * static_cast<double>(count) <= static_cast<double>(i) + offset)
            reached += weights_(static_cast<Eigen::Index>(++part));
        result.row(i) = parts_[part].draw(random).transpose();
    }
    return result;
}

Eigen::MatrixXd MixtureOfT::log_parts(const Eigen::MatrixXd& points) const {
    Eigen::MatrixXd result(points.rows(), static_cast<Eigen::Index>(parts_.size()));
    for (Eigen::Index k = 0; k < result.cols(); ++k) {
        const StudentT& part = parts_[static_cast<std::size_t>(k)];
        result.col(k) = part.log_densities(part.squared_distances(points)).array() + std::log(weights_(k));
    }
    return result;
}

Eigen::VectorXd MixtureOfT::log_density(const Eigen::MatrixXd& points) const {
    return log_sum_exp_of_rows(log_parts(points));
}

}  // namespace hlaunch
