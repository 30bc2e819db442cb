// Gaussian draws that are the same on every machine: std::normal_distribution is not specified to
// the bit.
#pragma once

#include <Eigen/Dense>
#include <cstdint>
#include <random>

namespace hlaunch {

class NormalDraws {
  public:
    explicit NormalDraws(std::uint64_t seed) : generator_(seed) {}
    double next();  // standard normal, by the inverse of its distribution function
    Eigen::VectorXd next(Eigen::Index dimensions);

    // rows x dimensions, moved and turned so that their sample mean is 0 and their sample
    // covariance exactly the identity: a merged posterior then has no Monte Carlo error in its
    // first two moments.
    Eigen::MatrixXd standardised(Eigen::Index rows, Eigen::Index dimensions);

  private:
    std::mt19937_64 generator_;
};

}  // namespace hlaunch
