// What forecasts were worth on this machine: measured peak over the formula's bytes, run by run.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace hlaunch::homodyne {

struct LearnedFactor {
    double factor = 1.0;
    unsigned runs = 0;  // 0: nothing was learned
};

class MemoryHistory {
  public:
    // "2.23.3 cmc cmc-hpc": the formula's error differs by version, stage and mode.
    [[nodiscard]] static std::string key(std::string_view version, std::string_view stage, std::string_view mode);

    // Not a number, not positive: ignored. Keeps the newest 20.
    void add(const std::string& key, double ratio);
    // From three ratios on: the second largest of the newest 20 (one outlier says nothing), the largest below
    // five; between 1/2 and 4. Too much costs a warning, too little an out-of-memory kill: hence an upper
    // value, and never less than half of the formula, since small runs are mostly its fixed part.
    [[nodiscard]] LearnedFactor factor(const std::string& key) const;

    [[nodiscard]] nlohmann::json to_json() const;
    // What is not understood is left out, never an error: it is only a memory of better figures.
    [[nodiscard]] static MemoryHistory from_json(const nlohmann::json& json);

  private:
    std::map<std::string, std::vector<double>> ratios_;  // oldest first
};

[[nodiscard]] std::uint64_t scaled(std::uint64_t bytes, const LearnedFactor& learned);
// ", x 1.07 learned from 5 runs on this machine"; empty where nothing was learned.
[[nodiscard]] std::string describe(const LearnedFactor& learned);

}  // namespace hlaunch::homodyne
