// What tune and compare share: runs that are made to be measured, of which nothing stays.
#pragma once

#include <csignal>
#include <string>

#include "job/options.h"
#include "os/environment.h"
#include "topology/machine.h"

namespace hlaunch {

// Between two stages a signal would end us and leave the temporary folder: it waits until it is asked for.
class HeldSignals {
  public:
    HeldSignals();
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;
    ~HeldSignals();
    void check() const;  // throws Interrupted

  private:
    int take() const;
    sigset_t held_{}, before_{};
};

// run_analysis; throws Interrupted where it was stopped.
void run_checked(const JobOptions& options, const Machine& machine, const Environment& environment,
                 const HeldSignals& signals);

// Stage nlsq of the analysis, in a run folder of its own under `folder`; returns the NLSQ result to start from.
[[nodiscard]] std::string run_nlsq_once(const JobOptions& options, const std::string& folder, const Machine& machine,
                                        const Environment& environment, const HeldSignals& signals);

// A line for who watches; what is piped is for programs.
void say(const JobOptions& options, const std::string& line);

}  // namespace hlaunch
