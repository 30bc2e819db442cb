// A density that counts what is asked of it. What is not a number is no density.
#pragma once

#include "posterior/proposals/density.h"

namespace hlaunch {

class CountedDensity final : public Density {
  public:
    explicit CountedDensity(Density& density) : density_(&density) {}
    [[nodiscard]] Eigen::Index dimensions() const override { return density_->dimensions(); }
    [[nodiscard]] Eigen::VectorXd log_density(const Eigen::MatrixXd& points) override;
    [[nodiscard]] std::vector<QuadraticForm> quadratic(const Eigen::MatrixXd& points) override;

    [[nodiscard]] Eigen::Index evaluations() const { return evaluations_; }
    [[nodiscard]] Eigen::Index quadratic_evaluations() const { return quadratic_evaluations_; }
    [[nodiscard]] Eigen::Index batches() const { return batches_; }  // of both kinds; an empty one is not asked

  private:
    Density* density_;
    Eigen::Index evaluations_ = 0;
    Eigen::Index quadratic_evaluations_ = 0;
    Eigen::Index batches_ = 0;
};

}  // namespace hlaunch
