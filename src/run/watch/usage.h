// What an instance used over time: about a sample a second, thinned as a run grows long.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hlaunch {

// Of the whole process tree.
struct UsageSample {
    double at_s = 0.0;         // since its start
    double cpu_percent = 0.0;  // of one CPU, since the sample before
    std::uint64_t resident_bytes = 0;
    unsigned processes = 0, threads = 0;
    std::optional<double> local_share{};  // of anonymous pages, on the placement's memory nodes; not in every sample
    std::optional<unsigned> runnable{};   // threads that run or wait for a CPU; not in every sample of a huge tree
    std::optional<double>
        remote_share{};  // of anonymous pages, away from where the threads ran (os/observe/remote_share.h)
};

class UsageHistory {
  public:
    explicit UsageHistory(std::size_t most_samples = 2000) : most_samples_(most_samples) {}
    // When full, neighbours become one (mean CPU, the larger of all else, so that a peak stays), and so do twice as
    // many from then on.
    void add(const UsageSample& sample);
    [[nodiscard]] const std::vector<UsageSample>& samples() const { return samples_; }

  private:
    void thin();

    std::size_t most_samples_;
    unsigned stride_ = 1, gathered_ = 0;  // samples that make one, and how many are in pending_
    UsageSample pending_;
    std::vector<UsageSample> samples_;
};

// "seconds,cpu_percent,resident_bytes,processes,threads,local_share,runnable,remote_share"; what is unknown is empty.
[[nodiscard]] std::string usage_csv(const std::vector<UsageSample>& samples);
// Lines that are none are left out. Files from before the last two columns are read, too.
[[nodiscard]] std::vector<UsageSample> parse_usage_csv(std::string_view text);

// Over those samples that have one, weighted by resident memory: a start of Python counts for little. Nothing of none.
[[nodiscard]] std::optional<double> mean_remote_share(const std::vector<UsageSample>& samples);

}  // namespace hlaunch
