#include "job/stages/staged_config.h"

namespace hlaunch {

std::string staged_config(JobContext& context, const std::vector<Placement>& placements, const Placement& placement,
                          const homodyne::Facts& facts, const PartFolder& folder, const std::string& config) {
    if (!context.analysis.stage || facts.data_files.size() != 1) return config;
    auto& staging = context.staging;
    if (!staging) {
        staging.emplace(facts.data_files.front(), placements);
        for (const auto& warning : staging->warnings()) context.display.note("hlaunch: warning: " + warning);
        if (staging->staged()) context.display.note("hlaunch: " + staging->summary());
        context.journal.append(staging->record());
    }
    if (!staging->staged()) return config;
    staging->link(placement, folder.staged());
    return config + ".staged";
}

}  // namespace hlaunch
