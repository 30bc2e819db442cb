#include "job/session/interrupts.h"

#include <unistd.h>

#include <cstdio>

#include "run/stage/stage_runner.h"

namespace hlaunch {

void check(const BlockedSignals& signals) {
    if (const int number = signals.take(); number > 0) throw Interrupted{number};
}

void say(const Reporting& reporting, const std::string& line) {
    if (!reporting.quiet && isatty(STDERR_FILENO) == 1) std::fprintf(stderr, "%s\n", line.c_str());
}

}  // namespace hlaunch
