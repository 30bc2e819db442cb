// Random numbers that are the same on every machine: std::mt19937_64's bits, and nothing of std's distributions.
#pragma once

#include <Eigen/Dense>
#include <cstdint>
#include <random>
#include <vector>

namespace hlaunch {

class RandomStream {
  public:
    // Streams of one seed for different purposes have nothing in common.
    RandomStream(std::uint64_t seed, std::uint64_t purpose);
    std::uint64_t bits() { return generator_(); }
    double uniform();  // in (0, 1), never 0 or 1
    double normal();
    Eigen::VectorXd normals(Eigen::Index count);
    double chi_square(int degrees);          // an even number of degrees
    Eigen::Index index(Eigen::Index count);  // 0 to count - 1
    void shuffle(std::vector<Eigen::Index>& rows);

  private:
    std::mt19937_64 generator_;
};

}  // namespace hlaunch
