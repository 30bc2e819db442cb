#include "job/short_runs.h"

#include <unistd.h>

#include <cstdio>

#include "job/analysis.h"
#include "run/stage_runner.h"

namespace hlaunch {

void check(const HeldSignals& signals) {
    if (const int number = signals.take(); number > 0) throw Interrupted{number};
}

void run_checked(const JobOptions& options, const Machine& machine, const Environment& environment,
                 const HeldSignals& signals) {
    check(signals);
    const int code = run_analysis(options, machine, environment);
    if (code > 128) throw Interrupted{code - 128};
    check(signals);
}

std::string run_nlsq_once(const JobOptions& options, const std::string& folder, const Machine& machine,
                          const Environment& environment, const HeldSignals& signals) {
    auto nlsq = options;
    nlsq.mode = homodyne::Mode::nlsq;
    nlsq.output = folder + "/nlsq";
    nlsq.steps = Steps::sample;
    run_checked(nlsq, machine, environment, signals);
    return nlsq.output + "/nlsq/out";
}

void say(const JobOptions& options, const std::string& line) {
    if (!options.quiet && isatty(STDERR_FILENO) == 1) std::fprintf(stderr, "%s\n", line.c_str());
}

}  // namespace hlaunch
