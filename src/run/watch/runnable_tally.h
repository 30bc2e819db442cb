// How many threads of an instance were runnable, over its whole run.
#pragma once

#include <map>
#include <optional>

namespace hlaunch {

class RunnableTally {
  public:
    void add(unsigned runnable);

    [[nodiscard]] unsigned samples() const;
    [[nodiscard]] unsigned median() const;  // the upper one of two; 0 without a sample
    [[nodiscard]] unsigned largest() const;
    [[nodiscard]] double share_above(unsigned pus) const;
    // Of all neighbours: how many were both above.
    [[nodiscard]] double share_lasting(unsigned pus) const;

    // Whether so many PUs are enough: in the median, and in two samples in a row for all but one pair in twenty. A
    // thread that hands over is runnable for a moment beside the one that takes over, and for longer where other
    // programs hold the CPU; such moments are rarely hit twice in a row, what always wants more is. "All but one in
    // twenty" is judged with three standard deviations of chance, so that few samples say little.
    [[nodiscard]] bool fits(unsigned pus) const;

  private:
    std::map<unsigned, unsigned> samples_by_count_, pairs_by_smaller_;
    std::optional<unsigned> last_;
};

}  // namespace hlaunch
