#include "run/watch/runnable_tally.h"

#include <algorithm>
#include <cmath>

namespace hlaunch {
namespace {

using Counts = std::map<unsigned, unsigned>;

unsigned all(const Counts& counts) {
    unsigned sum = 0;
    for (const auto& [count, times] : counts) sum += times;
    return sum;
}

unsigned above(const Counts& counts, unsigned pus) {
    unsigned sum = 0;
    for (auto at = counts.upper_bound(pus); at != counts.end(); ++at) sum += at->second;
    return sum;
}

double share(const Counts& counts, unsigned pus) {
    const unsigned total = all(counts);
    return total == 0 ? 0.0 : static_cast<double>(above(counts, pus)) / total;
}

}  // namespace

void RunnableTally::add(unsigned runnable) {
    ++samples_by_count_[runnable];
    if (last_) ++pairs_by_smaller_[std::min(*last_, runnable)];
    last_ = runnable;
}

unsigned RunnableTally::samples() const {
    return all(samples_by_count_);
}

unsigned RunnableTally::median() const {
    const unsigned half = samples() / 2;
    unsigned passed = 0;
    for (const auto& [count, times] : samples_by_count_)
        if ((passed += times) > half) return count;
    return 0;
}

unsigned RunnableTally::largest() const {
    return samples_by_count_.empty() ? 0 : samples_by_count_.rbegin()->first;
}

double RunnableTally::share_above(unsigned pus) const {
    return share(samples_by_count_, pus);
}

double RunnableTally::share_lasting(unsigned pus) const {
    return share(pairs_by_smaller_, pus);
}

bool RunnableTally::fits(unsigned pus) const {
    constexpr double allowed = 0.05, deviations = 3.0;
    const double pairs = all(pairs_by_smaller_);
    const double most = allowed * pairs + deviations * std::sqrt(allowed * (1.0 - allowed) * pairs);
    return median() <= pus && above(pairs_by_smaller_, pus) <= most;
}

}  // namespace hlaunch
