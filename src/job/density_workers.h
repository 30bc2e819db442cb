// The workers of an exact posterior: one process of the application a core, each with its slice of the points in the
// memory of its placement, kept until the end. A round is a batch of parameter vectors that all of them answer.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "homodyne/served_density.h"
#include "homodyne/task_file.h"
#include "job/context.h"
#include "job/round_memory.h"
#include "os/served_launcher.h"
#include "plan/plan.h"

namespace hlaunch {

// A worker a core of the plan's placements, as placements of their own; not more than the points are worth.
[[nodiscard]] Plan plan_of_density_workers(const Plan& plan, std::uint64_t points);

// What a round said, told for progress.
struct RoundNews {
    std::size_t rounds = 0, evaluations = 0, remembered = 0;  // remembered: rounds of a former start
    double seconds = 0.0;                                     // in rounds
};

// All throw Interrupted, or failure where a worker failed more often than it may be tried again.
class DensityWorkers final : public homodyne::DensityRounds {
  public:
    // plan: of plan_of_density_workers(). key: what the answers depend on beside the parameters. All outlive this.
    DensityWorkers(JobContext& context, const Plan& plan, const std::string& key);

    // Makes the folder of points and model.json, unless a former start of the same key has.
    void prepare(const std::string& nlsq_result, bool yaml_priors);
    [[nodiscard]] const homodyne::DensityModel& model() const { return model_; }

    [[nodiscard]] std::vector<homodyne::PointValues> values(const Eigen::MatrixXd& x) override;
    [[nodiscard]] std::vector<homodyne::PointSlopes> slopes(const Eigen::MatrixXd& x, bool coarse) override;
    [[nodiscard]] Eigen::MatrixXd parameters(const Eigen::MatrixXd& x);  // columns: model().parameters
    // One row, of (observed - model) / sigma over all points: their number, the sum of squares, the number of pairs
    // that are neighbours in time, and the sum of squares of the difference of each.
    [[nodiscard]] Eigen::MatrixXd residuals(const Eigen::VectorXd& x);

    [[nodiscard]] const RoundNews& news() const { return news_; }

  private:
    using Requests = std::function<nlohmann::json(unsigned worker)>;

    [[nodiscard]] homodyne::DensitySlice slice_of(unsigned worker) const;
    void run_round(unsigned workers, const Requests& requests);
    [[nodiscard]] Eigen::MatrixXd ask(homodyne::DensityAnswer what, const Eigen::MatrixXd& x, bool coarse = false);
    [[nodiscard]] Eigen::MatrixXd answer_of_all(homodyne::DensityAnswer what, const Eigen::MatrixXd& x, bool coarse);

    JobContext& context_;
    const Plan& plan_;
    std::string folder_, key_;
    RoundMemory memory_;
    ServedLauncher launcher_;
    homodyne::DensityModel model_;
    ProgressDisplay silent_{ProgressDisplay::Style::quiet};  // hundreds of rounds: the sampler tells how it stands
    RoundNews news_;
};

}  // namespace hlaunch
