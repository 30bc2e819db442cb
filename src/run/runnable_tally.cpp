#include "run/runnable_tally.h"

namespace hlaunch {

unsigned RunnableTally::samples() const {
    unsigned sum = 0;
    for (const auto& [count, samples] : samples_by_count_) sum += samples;
    return sum;
}

unsigned RunnableTally::median() const {
    const unsigned half = samples() / 2;
    unsigned passed = 0;
    for (const auto& [count, samples] : samples_by_count_)
        if ((passed += samples) > half) return count;
    return 0;
}

unsigned RunnableTally::largest() const {
    return samples_by_count_.empty() ? 0 : samples_by_count_.rbegin()->first;
}

unsigned RunnableTally::samples_above(unsigned pus) const {
    unsigned sum = 0;
    for (auto at = samples_by_count_.upper_bound(pus); at != samples_by_count_.end(); ++at) sum += at->second;
    return sum;
}

double RunnableTally::share_above(unsigned pus) const {
    const unsigned all = samples();
    return all == 0 ? 0.0 : static_cast<double>(samples_above(pus)) / all;
}

bool RunnableTally::fits(unsigned pus) const {
    const unsigned above = samples_above(pus);
    return median() <= pus && (above <= 1 || above * 20 <= samples());
}

}  // namespace hlaunch
