#include "job/plan_job.h"

#include <filesystem>

#include "base/error.h"
#include "job/lone_survey.h"
#include "os/absolute_path.h"

namespace hlaunch {

Plan plan_placements(const JobOptions& options, const Machine& machine) {
    auto request = options.placements;
    request.min_numa_cores = homodyne::min_numa_cores(options.mode);
    if (options.split == homodyne::Split::none && request.instances.value_or(1) != 1)
        throw usage_error(
            "--hooks off runs homodyne as it is, in one instance; leave --instances out or use --split replicas");
    if (options.split == homodyne::Split::none && !request.instances) request.instances = 1;
    return plan_of_placements(machine, request);
}

Plan plan_job(const JobOptions& options, const Machine& machine, const Machine& here, const Environment& environment) {
    auto plan = plan_placements(options, machine);
    if (options.config.empty()) return plan;
    auto survey = survey_alone(options, here, environment, static_cast<unsigned>(plan.placements.size()));
    if (machine.foreign) survey.request.memory_history = {};  // learned here, not there
    const auto output = options.output.empty() ? std::string("OUTPUT") : options.output;
    homodyne::plan_analysis(plan, survey.request, survey.facts, RunFolder{absolute_path(output).string()});
    return plan;
}

}  // namespace hlaunch
