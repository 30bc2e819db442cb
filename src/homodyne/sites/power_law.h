// eta: homodyne's power laws A t^e + B (diffusion D(t), shear rate gamma_dot(t)) by the logarithms
// of their values at three lag times. The data determine those almost independently, while A, e and
// B lie on a curved ridge
// (|correlation| about .98), so a posterior is far nearer to Gaussian in eta.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "merge/parametrisation.h"

namespace hlaunch {

class SiteTransform;
struct TimeRange;

struct PowerLaw {
    std::string symbol;          // "D", "gamma_dot"
    Eigen::Index amplitude = 0;  // columns in SiteTransform::parameters()
    Eigen::Index exponent = 0;
    Eigen::Index offset = 0;
    // Where the three logarithms stand in u: the sites that have the same parameters.
    std::array<Eigen::Index, 3> at{};
};

class EtaCoordinate final : public Coordinate {
  public:
    // Lag times first, first * ratio, first * ratio^2 in s. `map` must outlive this.
    EtaCoordinate(const SiteTransform& map, std::string name, std::vector<PowerLaw> laws, double first, double ratio);
    [[nodiscard]] std::string name() const override { return name_; }
    [[nodiscard]] std::string description() const override;
    bool from_sampling(const Eigen::VectorXd& x, Eigen::VectorXd& u, Eigen::MatrixXd& du_dx) const override;
    bool to_sampling(const Eigen::VectorXd& u, Eigen::VectorXd& x) const override;

  private:
    const SiteTransform& map_;
    std::string name_;
    std::vector<PowerLaw> laws_;
    double ratio_;
    std::array<double, 3> log_times_{};
};

// The sampling coordinate, and eta of each power law (and of both) whose three parameters are all
// sampled, if the time range is known.
[[nodiscard]] std::vector<std::unique_ptr<Coordinate>> make_coordinates(const SiteTransform& map,
                                                                        const TimeRange& times);

}  // namespace hlaunch
