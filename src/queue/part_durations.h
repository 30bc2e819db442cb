// How long the parts of a simulation take: by a distribution, or as former parts took. Pure; the same seed, the same
// parts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "queue/simulation.h"

namespace hlaunch {

// "90s": all alike. "uniform:1m,3m". "lognormal:2m,0.5": median and sigma of the logarithm.
class DurationDistribution {
  public:
    [[nodiscard]] static DurationDistribution parse(std::string_view text);               // throws usage Error
    [[nodiscard]] std::vector<double> draw(std::size_t count, std::uint64_t seed) const;  // seconds

  private:
    enum class Kind { constant, uniform, lognormal };
    Kind kind_ = Kind::constant;
    double first_ = 1.0, second_ = 0.0;
};

struct MeasuredDuration {
    std::string kind;  // its stage
    double seconds = 0.0;
};

// count parts drawn from what was measured; 0: those themselves, once each.
[[nodiscard]] std::vector<SimulatedPart> resample(const std::vector<MeasuredDuration>& measured, std::size_t count,
                                                  std::uint64_t seed);
[[nodiscard]] std::vector<SimulatedPart> parts_of(const std::vector<double>& seconds);

// What the coordinator believes of each: its seconds times exp(sigma * normal). 0: it knows.
void blur_costs(std::vector<SimulatedPart>& parts, double sigma, std::uint64_t seed);

}  // namespace hlaunch
