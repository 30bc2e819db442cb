#include "job/analysis/dry_plan.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <vector>

#include "homodyne/plan/idle.h"
#include "homodyne/plan/slices.h"
#include "job/analysis/survey_alone.h"
#include "job/request/placements.h"
#include "os/files/absolute_path.h"

namespace hlaunch {
namespace {

// Longest first over all nodes, as workers share them; the plan is that of the first, which has the most.
std::set<unsigned> of_other_nodes(unsigned nodes, const homodyne::Facts& facts) {
    std::vector<unsigned> shards;
    std::vector<double> costs;
    for (unsigned shard = 0; shard < facts.shards.size(); ++shard)
        shards.push_back(shard), costs.push_back(facts.shards[shard].cost);
    const std::vector<double> alike(nodes, 1.0);
    const auto dealt = homodyne::deal_shards(shards, costs, alike);
    std::set<unsigned> out(shards.begin(), shards.end());
    for (const auto shard : dealt.front()) out.erase(shard);
    return out;
}

}  // namespace

Plan plan_job(const JobOptions& options, const Machine& machine, const Machine& here, const Environment& environment,
              unsigned placements_in_all, homodyne::Facts* facts) {
    auto plan = plan_placements(options, machine);
    if (options.analysis.config.empty()) return plan;
    const auto placements = static_cast<unsigned>(plan.placements.size());
    const auto in_all = std::max(placements, placements_in_all);
    auto survey = survey_alone(options, here, environment, in_all);
    auto& request = survey.request;
    if (machine.foreign) request.memory_history = {};  // learned here, not there
    request.nodes = in_all / std::max(1U, placements);
    if (request.nodes > 1) {
        if (auto idle = homodyne::idle_warning(plan.placements, request.nodes, request, survey.facts))
            plan.warnings.push_back(std::move(*idle));
        request.captured = of_other_nodes(request.nodes, survey.facts);
    }
    const auto output = options.folder.output.empty() ? std::string("OUTPUT") : options.folder.output;
    homodyne::plan_analysis(plan, request, survey.facts, RunFolder{absolute_path(output).string()});
    if (facts != nullptr) *facts = std::move(survey.facts);
    return plan;
}

}  // namespace hlaunch
