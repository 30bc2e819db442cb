#include "job/analysis/sampled_event.h"

#include <fmt/format.h>

#include <algorithm>

namespace hlaunch {
namespace {

std::string wish_text(const homodyne::PosteriorWish& wish) {
    return fmt::format("{} {} {}", wish.effective_draws, wish.pairs_once ? "once" : "twice",
                       wish.yaml_priors ? "yaml" : "homodyne");
}

}  // namespace

events::Sampled sampled_event(const AnalysisSpec& analysis, const std::string& config_hash) {
    return {.config_hash = config_hash, .wish = wish_text(analysis.posterior), .nlsq_result = analysis.nlsq_result};
}

bool is_sampled(const RunHistory& history, const AnalysisSpec& analysis, const std::string& config_hash) {
    const auto wanted = sampled_event(analysis, config_hash);
    return std::ranges::any_of(history.sampled, [&](const events::Sampled& one) {
        return one.config_hash == wanted.config_hash && one.wish == wanted.wish &&
               one.nlsq_result == wanted.nlsq_result;
    });
}

}  // namespace hlaunch
