#include "job/short_runs.h"

#include <unistd.h>

#include <cstdio>
#include <ctime>

#include "job/analysis.h"
#include "run/stage_runner.h"

namespace hlaunch {

HeldSignals::HeldSignals() {
    sigemptyset(&held_);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&held_, number);
    sigprocmask(SIG_BLOCK, &held_, &before_);
}

HeldSignals::~HeldSignals() {
    take();  // what came at the very end is answered by this command's own end
    sigprocmask(SIG_SETMASK, &before_, nullptr);
}

void HeldSignals::check() const {
    if (const int number = take(); number > 0) throw Interrupted{number};
}

int HeldSignals::take() const {
    const timespec now{};
    return sigtimedwait(&held_, nullptr, &now);
}

void run_checked(const JobOptions& options, const Machine& machine, const Environment& environment,
                 const HeldSignals& signals) {
    signals.check();
    const int code = run_analysis(options, machine, environment);
    if (code > 128) throw Interrupted{code - 128};
    signals.check();
}

std::string run_nlsq_once(const JobOptions& options, const std::string& folder, const Machine& machine,
                          const Environment& environment, const HeldSignals& signals) {
    auto nlsq = options;
    nlsq.mode = homodyne::Mode::nlsq;
    nlsq.output = folder + "/nlsq";
    nlsq.sample_only = true;
    run_checked(nlsq, machine, environment, signals);
    return nlsq.output + "/nlsq/out";
}

void say(const JobOptions& options, const std::string& line) {
    if (!options.quiet && isatty(STDERR_FILENO) == 1) std::fprintf(stderr, "%s\n", line.c_str());
}

}  // namespace hlaunch
