#include "job/measure/short_runs.h"

#include "job/analysis/analysis.h"

namespace hlaunch {

std::string run_nlsq_once(const JobOptions& options, const std::string& folder, const Machine& machine,
                          const Environment& environment, const BlockedSignals& signals) {
    auto nlsq = options;
    nlsq.mode = homodyne::Mode::nlsq;
    nlsq.output = folder + "/nlsq";
    nlsq.steps = Steps::sample;
    run_checked(nlsq, machine, environment, signals);
    return nlsq.output + "/nlsq/out";
}

}  // namespace hlaunch
