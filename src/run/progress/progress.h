// One line a placement while it runs: a pure rendering of what is known.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hlaunch {

struct InstanceProgress {
    unsigned part = 0;
    std::string label;         // "nlsq", "part 000"
    std::string cpus;          // Linux list
    unsigned units_done = 0;   // shards captured
    unsigned units_total = 0;  // 0: no units to count
    std::string unit = "shards";
    double elapsed_s = 0.0;
    double cpu_percent = 0.0;  // of one PU, so 200 is two busy PUs
    std::uint64_t resident_bytes = 0;
    unsigned processes = 0;
    std::string state;            // "running", "done", "failed"
    std::uint64_t draws = 0;      // of the units captured so far
    std::optional<double> r_hat;  // of their worst parameter
};

// "part 000  cpus 0-15  3/8 shards  6000 draws  R-hat 1.01  1m04s  cpu 712%  6.1 GiB  running", cut to `columns`.
[[nodiscard]] std::string render_progress(const InstanceProgress& progress, std::size_t columns);

// Remaining seconds from the units done so far over all instances; absent before the first.
[[nodiscard]] std::optional<double> estimate_remaining_s(const std::vector<InstanceProgress>& all);

}  // namespace hlaunch
