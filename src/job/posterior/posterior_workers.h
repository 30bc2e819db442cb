// The density workers of one analysis, with its NLSQ fit and priors: asked by the certificate of a merged posterior and
// by the exact sampler.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "homodyne/app/nlsq_result.h"
#include "homodyne/density/served_density.h"
#include "homodyne/plan/posterior_wish.h"
#include "job/rounds/density_workers.h"
#include "job/rounds/round_runner.h"

namespace hlaunch {

// The fit is a start, and priors are made of it where it is usable.
struct PosteriorFit {
    std::string folder;  // empty: there is none
    std::optional<homodyne::NlsqResult> result;
    std::string refused;  // why its values are a start alone; empty: usable
};

// The posterior that is wanted.
struct PosteriorTask {
    homodyne::PosteriorWish wish;
    PosteriorFit fit;
    std::string config;                            // as the survey derived it
    std::string folder;                            // for points and rounds
    std::string key;                               // of the analysis and its fit
    std::vector<std::string> accepted;             // checks
    std::function<void(const std::string&)> tell;  // a line of progress
};

class PosteriorWorkers {
  public:
    // Lets the processes of runner read the points; throws what it throws. runner and clock outlive this.
    PosteriorWorkers(RoundRunner& runner, Clock& clock, PosteriorTask task, RoundSharing sharing = {});
    PosteriorWorkers(const PosteriorWorkers&) = delete;
    PosteriorWorkers& operator=(const PosteriorWorkers&) = delete;

    [[nodiscard]] const PosteriorTask& task() const { return task_; }
    [[nodiscard]] DensityWorkers& rounds() { return workers_; }
    [[nodiscard]] const homodyne::DensityModel& model() const { return workers_.model(); }
    [[nodiscard]] unsigned count() const { return runner_.processes(); }
    [[nodiscard]] double counted() const;  // each point of a block, by --pairs
    [[nodiscard]] std::string priors() const;
    [[nodiscard]] double seconds() const;  // since the processes were started

  private:
    RoundRunner& runner_;
    Clock& clock_;
    PosteriorTask task_;
    bool yaml_priors_;
    Clock::Time began_;
    DensityWorkers workers_;
};

}  // namespace hlaunch
