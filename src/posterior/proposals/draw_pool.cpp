#include "posterior/proposals/draw_pool.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace hlaunch {
namespace {

constexpr double pool_infinity = std::numeric_limits<double>::infinity();

double log_add(double a, double b) {
    const double larger = std::max(a, b);
    if (!std::isfinite(larger)) return larger;
    return larger + std::log1p(std::exp(std::min(a, b) - larger));
}

void append_rows(Eigen::MatrixXd& to, const Eigen::MatrixXd& rows) {
    const Eigen::Index old = to.rows();
    to.conservativeResize(old + rows.rows(), rows.cols());
    to.bottomRows(rows.rows()) = rows;
}

void append_values(Eigen::VectorXd& to, const Eigen::VectorXd& values) {
    to.conservativeResize(to.size() + values.size());
    to.tail(values.size()) = values;
}

}  // namespace

double log_abs_determinant(const Eigen::MatrixXd& matrix) {
    return matrix.partialPivLu().matrixLU().diagonal().array().abs().log().sum();
}

double k_hat_of_variances(const Eigen::MatrixXd& x, const Eigen::VectorXd& log_ratio, const SmoothedWeights& weights,
                          Eigen::Index drawn) {
    double result = -pool_infinity;
    for (Eigen::Index p = 0; p < x.cols(); ++p) {
        double mean = 0.0;
        for (Eigen::Index i = 0; i < x.rows(); ++i)
            if (std::isfinite(weights.log_weights(i))) mean += std::exp(weights.log_weights(i)) * x(i, p);
        Eigen::VectorXd all = Eigen::VectorXd::Constant(drawn, -pool_infinity);
        for (Eigen::Index i = 0; i < x.rows(); ++i)
            if (std::isfinite(log_ratio(i))) all(i) = log_ratio(i) + 2.0 * std::log(std::abs(x(i, p) - mean));
        result = std::max(result, smooth_weights(all).k_hat);
    }
    return result;
}

MappedPoints map_points(const Coordinate& coordinate, const Eigen::MatrixXd& x) {
    MappedPoints result;
    result.u.setZero(x.rows(), x.cols());
    result.log_slope.setConstant(x.rows(), std::numeric_limits<double>::quiet_NaN());
    Eigen::VectorXd u;
    Eigen::MatrixXd du_dx;
    for (Eigen::Index i = 0; i < x.rows(); ++i) {
        if (!coordinate.from_sampling(x.row(i).transpose(), u, du_dx) || !u.allFinite()) continue;
        const double slope = log_abs_determinant(du_dx);
        if (!std::isfinite(slope)) continue;
        result.u.row(i) = u.transpose();
        result.log_slope(i) = slope;
    }
    return result;
}

Eigen::MatrixXd invert_points(const Coordinate& coordinate, const Eigen::MatrixXd& u, std::vector<Eigen::Index>& kept) {
    constexpr double tolerance = 1e-6;
    kept.clear();
    Eigen::MatrixXd result(u.rows(), u.cols());
    Eigen::VectorXd x;
    Eigen::VectorXd back;
    Eigen::MatrixXd du_dx;
    for (Eigen::Index i = 0; i < u.rows(); ++i) {
        const Eigen::VectorXd point = u.row(i).transpose();
        if (!coordinate.to_sampling(point, x) || !x.allFinite()) continue;
        if (!coordinate.from_sampling(x, back, du_dx)) continue;
        if (!((back - point).array().abs() <= tolerance * (1.0 + point.array().abs())).all()) continue;
        result.row(static_cast<Eigen::Index>(kept.size())) = x.transpose();
        kept.push_back(i);
    }
    result.conservativeResize(static_cast<Eigen::Index>(kept.size()), Eigen::NoChange);
    return result;
}

void DrawPool::know(const Coordinate& coordinate) {
    for (std::size_t i = 0; i < known_.size(); ++i)
        if (known_[i].coordinate == &coordinate) return;
    known_.push_back({&coordinate, map_points(coordinate, x_)});
}

const MappedPoints& DrawPool::mapped(const Coordinate& coordinate) const {
    for (const Known& one : known_)
        if (one.coordinate == &coordinate) return one.points;
    static const MappedPoints none;
    return none;
}

Eigen::VectorXd DrawPool::log_proposal(const Proposal& proposal, Eigen::Index first) const {
    const MappedPoints& points = mapped(*proposal.coordinate);
    const Eigen::Index count = points.u.rows() - first;
    Eigen::VectorXd result = proposal.mixture.log_density(points.u.bottomRows(count)) + points.log_slope.tail(count);
    for (double& value : result)
        if (std::isnan(value)) value = -pool_infinity;  // not a point of the coordinate
    return result;
}

void DrawPool::add_round(const Proposal& proposal, Eigen::Index count, RandomStream& random) {
    if (x_.cols() == 0) x_.resize(0, density_->dimensions());
    know(*proposal.coordinate);
    const Eigen::MatrixXd u = proposal.mixture.draw(count, random);
    std::vector<Eigen::Index> inverted;
    const Eigen::MatrixXd points = invert_points(*proposal.coordinate, u, inverted);
    const Eigen::VectorXd values = density_->log_density(points);

    Eigen::MatrixXd inside(points.rows(), points.cols());
    Eigen::VectorXd inside_values(points.rows());
    Eigen::Index good = 0;
    for (Eigen::Index i = 0; i < points.rows(); ++i) {
        if (!std::isfinite(values(i))) continue;
        inside.row(good) = points.row(i);
        inside_values(good++) = values(i);
    }
    inside.conservativeResize(good, Eigen::NoChange);
    inside_values.conservativeResize(good);

    // Old draws under the new proposal, then new draws under all.
    const double log_count = std::log(static_cast<double>(count));
    const Eigen::VectorXd of_old = log_proposal(proposal, 0);
    for (Eigen::Index i = 0; i < x_.rows(); ++i) log_mixture_(i) = log_add(log_mixture_(i), log_count + of_old(i));
    proposals_.push_back(proposal);
    log_counts_.push_back(log_count);
    last_round_ = x_.rows();
    append_rows(x_, inside);
    append_values(log_density_, inside_values);
    for (Known& one : known_) {
        const MappedPoints more = map_points(*one.coordinate, inside);
        append_rows(one.points.u, more.u);
        append_values(one.points.log_slope, more.log_slope);
    }
    Eigen::VectorXd mixture = Eigen::VectorXd::Constant(good, -pool_infinity);
    for (std::size_t p = 0; p < proposals_.size(); ++p) {
        const Eigen::VectorXd of_new = log_proposal(proposals_[p], last_round_);
        for (Eigen::Index i = 0; i < good; ++i) mixture(i) = log_add(mixture(i), log_counts_[p] + of_new(i));
    }
    append_values(log_mixture_, mixture);
    drawn_ += count;
    last_round_drawn_ = count;
    without_inverse_ += count - points.rows();
}

Eigen::VectorXd DrawPool::raw_log_weights() const {
    return (log_density_ - log_mixture_).array() + std::log(static_cast<double>(std::max<Eigen::Index>(1, drawn_)));
}

double DrawPool::log_evidence() const {
    return log_sum_exp(raw_log_weights()) - std::log(static_cast<double>(std::max<Eigen::Index>(1, drawn_)));
}

double DrawPool::variance_k_hat(const SmoothedWeights& weights) const {
    return k_hat_of_variances(x_, raw_log_weights(), weights, drawn_);
}

SmoothedWeights DrawPool::weigh() const {
    Eigen::VectorXd all = Eigen::VectorXd::Constant(drawn_, -pool_infinity);
    all.head(kept()) = raw_log_weights();
    SmoothedWeights result = smooth_weights(all);
    result.log_weights.conservativeResize(kept());
    return result;
}

}  // namespace hlaunch
