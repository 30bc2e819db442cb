// The posterior of homodyne's own model as a Density: sums over blocks of points that workers serve, and the prior
// once.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "homodyne/density/density_model.h"
#include "posterior/proposals/density.h"

namespace hlaunch::homodyne {

// Of one row; sums over all points of the blocks, each once.
struct PointValues {
    double log_likelihood = 0.0;
    double log_prior = 0.0;
    double log_yaml_prior = 0.0;  // NaN where the model has no other priors
};

struct PointSlopes {
    double log_likelihood = 0.0, log_prior = 0.0;
    Eigen::VectorXd loss_gradient, prior_gradient;  // of -log likelihood, and of log prior
    Eigen::MatrixXd information, prior_curvature;   // Fisher's, and the second derivatives of log prior
};

// What a posterior is of: all points and the model's priors; a coarse subset of the points, for the search for maxima
// alone; all points and the YAML's own priors, where the model has others.
enum class PosteriorOf { all, coarse, yaml };

// Who has the workers. Rows are x in the order of the model's sites.
class DensityRounds {
  public:
    virtual ~DensityRounds() = default;
    [[nodiscard]] virtual std::vector<PointValues> values(const Eigen::MatrixXd& x) = 0;
    [[nodiscard]] virtual std::vector<PointSlopes> slopes(const Eigen::MatrixXd& x, PosteriorOf of) = 0;
};

// counted: how often each pair of times counts. What was evaluated is remembered, so that other counts and priors cost
// nothing for the same x.
class ServedDensity final : public Density {
  public:
    ServedDensity(DensityRounds& rounds, const DensityModel& model, double counted, PosteriorOf of = PosteriorOf::all);

    [[nodiscard]] Eigen::Index dimensions() const override;
    [[nodiscard]] Eigen::VectorXd log_density(const Eigen::MatrixXd& points) override;
    [[nodiscard]] std::vector<QuadraticForm> quadratic(const Eigen::MatrixXd& points) override;

    // Of a row that was asked for; throws std::logic_error for another.
    [[nodiscard]] const PointValues& values_at(const Eigen::VectorXd& x) const;
    [[nodiscard]] double counted() const { return counted_; }

  private:
    DensityRounds& rounds_;
    const DensityModel& model_;
    double counted_;
    PosteriorOf of_;
    std::unordered_map<std::string, PointValues> known_;  // by the bytes of x
};

}  // namespace hlaunch::homodyne
