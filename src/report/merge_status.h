// What merged/merge.json says, in short.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace hlaunch {

struct MergeStatus {
    bool passed = false;
    std::string kind, method;
    std::size_t parts = 0;
    std::optional<double> worst_r_hat, smallest_ess;
    struct Check {
        std::string name, verdict, text;
        std::optional<double> value, limit;
    };
    std::vector<Check> checks;          // those that did not simply pass
    std::vector<std::string> accepted;  // that failed and were let pass
};

// merge: any JSON. passed: as the journal has it; nothing: not merged, and what lies there is of an earlier start.
[[nodiscard]] std::optional<MergeStatus> merge_status(const nlohmann::json& merge, std::optional<bool> passed);

}  // namespace hlaunch
