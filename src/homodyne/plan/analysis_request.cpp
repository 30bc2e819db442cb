#include "homodyne/plan/analysis_request.h"

namespace hlaunch::homodyne {

bool wants_cmc(Mode mode, const std::string& yaml_method) {
    if (mode == Mode::automatic) return yaml_method != "nlsq";
    return mode != Mode::nlsq;
}

LearnedFactor learned_factor(const AnalysisRequest& request, const Facts& facts, const std::string& stage) {
    return request.memory_history.factor(MemoryHistory::key(facts.version, stage, to_string(request.mode)));
}

unsigned planned_workers(const Placement& placement, const AnalysisRequest& request, const Facts& facts) {
    if (request.num_workers) return *request.num_workers;
    if (facts.num_workers) return *facts.num_workers;
    return guide_workers(placement.cores);
}

}  // namespace hlaunch::homodyne
