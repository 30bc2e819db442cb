// Densities whose truth is known, for the tests of src/posterior.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include "merge/parametrisation.h"
#include "posterior/proposals/density.h"

namespace posterior_test {

constexpr double none = -std::numeric_limits<double>::infinity();

// Any log density; its quadratic form by differences, the curvature's eigenvalues made positive.
class Analytic : public hlaunch::Density {
  public:
    using Function = std::function<double(const Eigen::VectorXd&)>;
    Analytic(Eigen::Index dimensions, Function function) : dimensions_(dimensions), function_(std::move(function)) {}
    [[nodiscard]] Eigen::Index dimensions() const override { return dimensions_; }
    [[nodiscard]] Eigen::VectorXd log_density(const Eigen::MatrixXd& points) override {
        Eigen::VectorXd result(points.rows());
        for (Eigen::Index i = 0; i < points.rows(); ++i) result(i) = function_(points.row(i).transpose());
        return result;
    }
    [[nodiscard]] std::vector<hlaunch::QuadraticForm> quadratic(const Eigen::MatrixXd& points) override {
        std::vector<hlaunch::QuadraticForm> result;
        for (Eigen::Index i = 0; i < points.rows(); ++i) result.push_back(at(points.row(i).transpose()));
        return result;
    }

  private:
    hlaunch::QuadraticForm at(const Eigen::VectorXd& x) const {
        hlaunch::QuadraticForm form;
        form.value = -function_(x);
        if (!std::isfinite(form.value)) return form;
        const double h = 1e-4;
        form.gradient.resize(dimensions_);
        form.curvature.resize(dimensions_, dimensions_);
        const auto moved = [&](Eigen::Index i, double a, Eigen::Index j, double b) {
            Eigen::VectorXd y = x;
            y(i) += a;
            y(j) += b;
            return -function_(y);
        };
        for (Eigen::Index i = 0; i < dimensions_; ++i) {
            form.gradient(i) = (moved(i, h, i, 0) - moved(i, -h, i, 0)) / (2 * h);
            for (Eigen::Index j = 0; j <= i; ++j)
                form.curvature(i, j) = form.curvature(j, i) =
                    (moved(i, h, j, h) - moved(i, h, j, -h) - moved(i, -h, j, h) + moved(i, -h, j, -h)) / (4 * h * h);
        }
        if (!form.gradient.allFinite() || !form.curvature.allFinite()) return form;
        const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(form.curvature);
        form.curvature = eigen.eigenvectors() * eigen.eigenvalues().cwiseAbs().cwiseMax(1e-6).asDiagonal() *
                         eigen.eigenvectors().transpose();
        form.inside = true;
        return form;
    }
    Eigen::Index dimensions_;
    Function function_;
};

// Least squares, r(x)^T r(x) / 2: its quadratic form as Gauss and Newton have it.
class Residuals : public hlaunch::Density {
  public:
    // Fills residuals and their derivatives; false outside the support.
    using Function = std::function<bool(const Eigen::VectorXd& x, Eigen::VectorXd& r, Eigen::MatrixXd& dr_dx)>;
    Residuals(Eigen::Index dimensions, Function function) : dimensions_(dimensions), function_(std::move(function)) {}
    [[nodiscard]] Eigen::Index dimensions() const override { return dimensions_; }
    [[nodiscard]] Eigen::VectorXd log_density(const Eigen::MatrixXd& points) override {
        Eigen::VectorXd result(points.rows());
        for (Eigen::Index i = 0; i < points.rows(); ++i) {
            Eigen::VectorXd r;
            Eigen::MatrixXd slope;
            result(i) = function_(points.row(i).transpose(), r, slope) ? -0.5 * r.squaredNorm() : none;
        }
        return result;
    }
    [[nodiscard]] std::vector<hlaunch::QuadraticForm> quadratic(const Eigen::MatrixXd& points) override {
        std::vector<hlaunch::QuadraticForm> result(static_cast<std::size_t>(points.rows()));
        for (Eigen::Index i = 0; i < points.rows(); ++i) {
            hlaunch::QuadraticForm& form = result[static_cast<std::size_t>(i)];
            Eigen::VectorXd r;
            Eigen::MatrixXd slope;
            form.inside = function_(points.row(i).transpose(), r, slope);
            if (form.inside) form = {true, 0.5 * r.squaredNorm(), slope.transpose() * r, slope.transpose() * slope};
        }
        return result;
    }

  private:
    Eigen::Index dimensions_;
    Function function_;
};

// y = exp(-2 (a t^b + o) t) + noise of sd `sigma`, x = (log a, b, o'), o = exp(o'): a power law whose amplitude,
// exponent and offset compensate one another (a ridge). Standard normal priors around `centre`, with sd `prior_sd`.
class Ridge : public Residuals {
  public:
    static constexpr int points = 25;
    Ridge(double sigma, double prior_sd, unsigned phase = 3)
        : Residuals(3, [=](const Eigen::VectorXd& x, Eigen::VectorXd& r, Eigen::MatrixXd& slope) {
              r.resize(points + 3);
              slope.setZero(points + 3, 3);
              for (int i = 0; i < points; ++i) {
                  const double t = 0.1 * std::pow(1.2, i);
                  const double noise = std::sin(12.9898 * (i + static_cast<double>(phase))) * std::sqrt(2.0) * sigma;
                  const auto curve = [&](double la, double b, double lo) {
                      return std::exp(-2.0 * (std::exp(la) * std::pow(t, b) + std::exp(lo)) * t);
                  };
                  const double y = curve(truth()(0), truth()(1), truth()(2)) + noise;
                  const double f = curve(x(0), x(1), x(2));
                  r(i) = (f - y) / sigma;
                  const double law = std::exp(x(0)) * std::pow(t, x(1));
                  slope(i, 0) = -2.0 * t * law * f / sigma;
                  slope(i, 1) = slope(i, 0) * std::log(t);
                  slope(i, 2) = -2.0 * t * std::exp(x(2)) * f / sigma;
              }
              for (int k = 0; k < 3; ++k) {
                  r(points + k) = (x(k) - centre()(k)) / prior_sd;
                  slope(points + k, k) = 1.0 / prior_sd;
              }
              return true;
          }) {}
    static Eigen::Vector3d truth() { return {-0.5, -0.4, -1.5}; }
    static Eigen::Vector3d centre() { return {0.0, 0.0, -1.0}; }
};

// The logarithms of the ridge's law at three times: the coordinate in which it is nearly a Gaussian. No inverse where
// the three values are those of no power law with a positive offset.
class LawAtThreeTimes final : public hlaunch::Coordinate {
  public:
    [[nodiscard]] std::string name() const override { return "eta"; }
    [[nodiscard]] std::string description() const override { return "log of the law at three times"; }
    bool from_sampling(const Eigen::VectorXd& x, Eigen::VectorXd& u, Eigen::MatrixXd& du_dx) const override {
        u.resize(3);
        du_dx.resize(3, 3);
        for (int k = 0; k < 3; ++k) {
            const double t = time(k);
            const double law = std::exp(x(0)) * std::pow(t, x(1));
            const double whole = law + std::exp(x(2));
            u(k) = std::log(whole);
            du_dx.row(k) << law / whole, law * std::log(t) / whole, std::exp(x(2)) / whole;
        }
        return u.allFinite() && du_dx.allFinite();
    }
    bool to_sampling(const Eigen::VectorXd& u, Eigen::VectorXd& x) const override {
        const Eigen::Vector3d y = u.array().exp();
        const double ratio = (y(2) - y(1)) / (y(1) - y(0));  // of t^b between neighbours
        if (!(ratio > 0.0) || ratio == 1.0) return false;
        const double b = std::log(ratio) / std::log(4.0);
        const double a = (y(1) - y(0)) / (std::pow(time(1), b) - std::pow(time(0), b));
        const double offset = y(0) - a * std::pow(time(0), b);
        if (!(a > 0.0) || !(offset > 0.0)) return false;
        x = Eigen::Vector3d(std::log(a), b, std::log(offset));
        return x.allFinite();
    }

  private:
    static double time(int k) { return 0.1 * std::pow(4.0, k); }
};

inline Eigen::MatrixXd chosen_covariance(Eigen::Index size) {  // correlated, sd from 0.01 to 100
    Eigen::MatrixXd result(size, size);
    for (Eigen::Index i = 0; i < size; ++i)
        for (Eigen::Index j = 0; j < size; ++j) {
            const auto sd = [&](Eigen::Index k) {
                return std::pow(10.0, -2.0 + 4.0 * static_cast<double>(k) /
                                                 static_cast<double>(std::max<Eigen::Index>(1, size - 1)));
            };
            result(i, j) = sd(i) * sd(j) * std::pow(0.6, std::abs(static_cast<double>(i - j)));
        }
    return result;
}

// Residuals that are the whitened coordinates.
inline Residuals gaussian(const Eigen::VectorXd& mean, const Eigen::MatrixXd& covariance) {
    const Eigen::MatrixXd whitening = Eigen::MatrixXd(Eigen::LLT<Eigen::MatrixXd>(covariance).matrixL())
                                          .triangularView<Eigen::Lower>()
                                          .solve(Eigen::MatrixXd::Identity(mean.size(), mean.size()));
    return {mean.size(), [=](const Eigen::VectorXd& x, Eigen::VectorXd& r, Eigen::MatrixXd& slope) {
                r = whitening * (x - mean);
                slope = whitening;
                return true;
            }};
}

}  // namespace posterior_test
