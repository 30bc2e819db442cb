// What was measured of each way, as a table and in words.
#pragma once

#include <string>
#include <vector>

namespace hlaunch {

struct WayMeasured {
    std::string name;
    std::vector<double> whole_s, sampling_s;  // one a round; sampling_s may be shorter: not told
    std::vector<double> remote_share;         // 0 to 1; one a round where the kernel tells
    unsigned long draws = 0;                  // kept, of all chains and shards; 0: not told
    std::string skipped;                      // why it was not run, or empty
    std::string failed;                       // why it ended, or empty
    std::vector<std::string> notes;           // what it did besides, each once
    [[nodiscard]] bool usable() const { return skipped.empty() && failed.empty() && !whole_s.empty(); }
};

// A row each: rounds; sampling and whole run as median, least to most, and ratio to the first usable one; remote share.
[[nodiscard]] std::string ways_table(const std::vector<WayMeasured>& measured);

// A line for each pair of usable ways, by sampling where both tell it, else by the whole run. No difference is claimed
// that is not larger than the rounds of either differ, nor from one round.
[[nodiscard]] std::vector<std::string> ways_verdicts(const std::vector<WayMeasured>& measured);

}  // namespace hlaunch
