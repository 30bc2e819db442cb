#include "report/merge_status.h"

#include <algorithm>

#include "base/json_fields.h"

namespace hlaunch {

std::optional<MergeStatus> merge_status(const nlohmann::json& merge, std::optional<bool> passed) {
    if (!passed) return std::nullopt;
    MergeStatus out;
    out.passed = *passed;
    out.kind = text_in(merge, "kind");
    out.method = text_in(merge, "method");
    out.parts = list_in(merge, "parts").size();
    for (const auto& parameter : list_in(merge, "parameters")) {
        if (const auto r_hat = number_in(parameter, "r_hat"))
            out.worst_r_hat = std::max(out.worst_r_hat.value_or(*r_hat), *r_hat);
        if (const auto ess = number_in(parameter, "ess"))
            out.smallest_ess = std::min(out.smallest_ess.value_or(*ess), *ess);
    }
    out.accepted = texts_in(merge, "accepted");
    for (const auto& check : list_in(merge, "checks")) {
        const auto verdict = text_in(check, "verdict");
        if (verdict == "pass") continue;
        out.checks.push_back({.name = text_in(check, "name"),
                              .verdict = verdict,
                              .text = text_in(check, "text"),
                              .value = number_in(check, "value"),
                              .limit = number_in(check, "limit")});
    }
    return out;
}

}  // namespace hlaunch
