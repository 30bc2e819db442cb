// The density workers of one analysis, with its NLSQ fit and priors: started once, asked by the certificate of a
// merged posterior and by the exact sampler.
#pragma once

#include <optional>
#include <string>

#include "homodyne/facts.h"
#include "homodyne/nlsq_result.h"
#include "homodyne/served_density.h"
#include "job/context.h"
#include "job/density_workers.h"
#include "os/clock.h"
#include "plan/plan.h"

namespace hlaunch {

struct PosteriorFit {
    std::string folder;  // empty: there is none
    std::optional<homodyne::NlsqResult> result;
    std::string refused;  // why its values are a start alone; empty: usable
};

class PosteriorWorkers {
  public:
    // After stage nlsq, whose fit may be missing or refused. key: of the analysis and its fit. Starts the workers and
    // lets them read the points; throws Interrupted, and failure where a worker cannot go on.
    PosteriorWorkers(JobContext& context, const Plan& plan, const homodyne::Facts& facts, const std::string& key);
    PosteriorWorkers(const PosteriorWorkers&) = delete;
    PosteriorWorkers& operator=(const PosteriorWorkers&) = delete;

    [[nodiscard]] DensityWorkers& rounds() { return workers_; }
    [[nodiscard]] const homodyne::DensityModel& model() const { return workers_.model(); }
    [[nodiscard]] const PosteriorFit& fit() const { return fit_; }
    [[nodiscard]] unsigned count() const { return static_cast<unsigned>(plan_.placements.size()); }
    [[nodiscard]] double counted() const;  // each point of a block, by --pairs
    [[nodiscard]] std::string priors() const;
    [[nodiscard]] double seconds() const;  // since the workers were started

  private:
    JobContext& context_;
    PosteriorFit fit_;
    bool yaml_priors_, informed_;
    Plan plan_;
    Clock::Time began_;
    DensityWorkers workers_;
};

}  // namespace hlaunch
