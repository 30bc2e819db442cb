#include "job/measure/short_runs.h"

#include "job/analysis/analysis.h"

namespace hlaunch {

std::string run_nlsq_once(const JobOptions& options, const std::optional<homodyne::ShortRun>& short_run,
                          const std::string& folder, const Machine& machine, const Environment& environment,
                          const BlockedSignals& signals) {
    auto nlsq = options;
    nlsq.analysis.mode = homodyne::Mode::nlsq;
    nlsq.folder.output = folder + "/nlsq";
    run_checked(nlsq, {.steps = Steps::sample, .short_run = short_run}, machine, environment, signals);
    return nlsq.folder.output + "/nlsq/out";
}

}  // namespace hlaunch
