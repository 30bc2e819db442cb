#include "job/analysis/sampled_event.h"

#include <fmt/format.h>

#include "base/json_fields.h"

namespace hlaunch {
namespace {

std::string wish_text(const homodyne::PosteriorWish& wish) {
    return fmt::format("{} {} {}", wish.effective_draws, wish.pairs_once ? "once" : "twice",
                       wish.yaml_priors ? "yaml" : "homodyne");
}

}  // namespace

nlohmann::json sampled_event(const AnalysisSpec& analysis, const std::string& config_hash) {
    return {{"event", "sampled"},
            {"config_hash", config_hash},
            {"wish", wish_text(analysis.posterior)},
            {"nlsq_result", analysis.nlsq_result}};
}

bool is_sampled(const std::vector<nlohmann::json>& events, const AnalysisSpec& analysis,
                const std::string& config_hash) {
    for (const auto& event : events)
        if (text_in(event, "event") == "sampled" && text_in(event, "config_hash") == config_hash &&
            text_in(event, "wish") == wish_text(analysis.posterior) &&
            text_in(event, "nlsq_result") == analysis.nlsq_result)
            return true;
    return false;
}

}  // namespace hlaunch
