// Between the stages of a run: signals that have waited, and a line for the user.
#pragma once

#include <string>

#include "job/request/options.h"
#include "os/spawn/blocked_signals.h"

namespace hlaunch {

// Throws Interrupted where a signal has waited.
void check(const BlockedSignals& signals);

// A line for who watches; what is piped is for programs.
void say(const Reporting& reporting, const std::string& line);

}  // namespace hlaunch
