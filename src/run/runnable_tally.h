// How many threads of an instance were runnable, over its whole run.
#pragma once

#include <map>

namespace hlaunch {

class RunnableTally {
  public:
    void add(unsigned runnable) { ++samples_by_count_[runnable]; }

    [[nodiscard]] unsigned samples() const;
    [[nodiscard]] unsigned median() const;  // the upper one of two; 0 without a sample
    [[nodiscard]] unsigned largest() const;
    [[nodiscard]] double share_above(unsigned pus) const;

    // Whether so many PUs are enough: in the median, and for all but one sample in twenty. A thread that hands over is
    // runnable for a moment beside the one that takes over, and one such moment says nothing in a short run either.
    [[nodiscard]] bool fits(unsigned pus) const;

  private:
    [[nodiscard]] unsigned samples_above(unsigned pus) const;

    std::map<unsigned, unsigned> samples_by_count_;
};

}  // namespace hlaunch
