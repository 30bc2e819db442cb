// What tune and compare share: runs that are made to be measured, of which nothing stays.
#pragma once

#include <string>

#include "job/options.h"
#include "os/environment.h"
#include "os/held_signals.h"
#include "topology/machine.h"

namespace hlaunch {

// Throws Interrupted where a signal has waited.
void check(const HeldSignals& signals);

// run_analysis; throws Interrupted where it was stopped.
void run_checked(const JobOptions& options, const Machine& machine, const Environment& environment,
                 const HeldSignals& signals);

// Stage nlsq of the analysis, in a run folder of its own under `folder`; returns the NLSQ result to start from.
[[nodiscard]] std::string run_nlsq_once(const JobOptions& options, const std::string& folder, const Machine& machine,
                                        const Environment& environment, const HeldSignals& signals);

// A line for who watches; what is piped is for programs.
void say(const JobOptions& options, const std::string& line);

}  // namespace hlaunch
