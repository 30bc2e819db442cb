// Rounds of an exact posterior that has the machine to itself: one process of the application a core, kept until the
// end, each round a stage of its own.
#pragma once

#include <cstdint>
#include <string>

#include "job/context.h"
#include "job/density_workers.h"
#include "os/served_launcher.h"
#include "plan/plan.h"

namespace hlaunch {

// A worker a core of the plan's placements, as placements of their own; not more than the points are worth.
[[nodiscard]] Plan plan_of_density_workers(const Plan& plan, std::uint64_t points);

// A round throws Interrupted, or failure where a worker failed more often than it may be tried again.
class StagedRounds final : public RoundRunner {
  public:
    // plan: of plan_of_density_workers(). Both outlive this.
    StagedRounds(JobContext& context, const Plan& plan);

    [[nodiscard]] unsigned workers() const override;
    void run_round(unsigned workers, const Requests& requests) override;

  private:
    JobContext& context_;
    const Plan& plan_;
    ServedLauncher launcher_;
    ProgressDisplay silent_{ProgressDisplay::Style::quiet};  // hundreds of rounds: the sampler tells how it stands
};

}  // namespace hlaunch
