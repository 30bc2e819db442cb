// Rounds of an exact posterior that has the machine to itself: one process of the application a core, kept until the
// end, each round a stage of its own.
#pragma once

#include <cstdint>

#include "job/rounds/round_runner.h"
#include "job/session/context.h"
#include "os/reaper/served_launcher.h"
#include "plan/plan.h"

namespace hlaunch {

// A process a core of the plan's placements, as placements of their own; not more than the points are worth.
[[nodiscard]] Plan plan_of_density_workers(const Plan& plan, std::uint64_t points);

// A round throws Interrupted, or failure where a process failed more often than it may be tried again.
class StagedRounds final : public RoundRunner {
  public:
    // plan: of plan_of_density_workers(). Logs go to context.folder.posterior(). context outlives this.
    StagedRounds(JobContext& context, Plan plan);
    StagedRounds(const StagedRounds&) = delete;
    StagedRounds& operator=(const StagedRounds&) = delete;

    [[nodiscard]] unsigned processes() const override;
    void run_round(const Requests& requests) override;

  private:
    JobContext& context_;
    Plan plan_;
    ServedLauncher launcher_;
    ProgressDisplay silent_{ProgressDisplay::Style::quiet};  // hundreds of rounds: the sampler tells how it stands
};

}  // namespace hlaunch
