// The processes of the application that serve a density, of one hlaunch: one a core, each with its blocks of the points
// in the memory of its placement, kept until the end.
#pragma once

#include <Eigen/Dense>
#include <functional>
#include <string>
#include <vector>

#include "homodyne/task_file.h"
#include "job/context.h"
#include "os/served_launcher.h"
#include "plan/plan.h"

namespace hlaunch {

// A process a core of the plan's placements, as placements of their own; not more than the points are worth.
[[nodiscard]] Plan plan_of_density_workers(const Plan& plan, std::uint64_t points);

// The first block of each of so many processes, and last the end: even shares in their order. Of more processes than
// blocks the last have none.
[[nodiscard]] std::vector<unsigned> cut_blocks(unsigned blocks, unsigned processes);

// All throw Interrupted, or failure where a process failed more often than it may be tried again.
class DensityProcesses {
  public:
    // plan: of plan_of_density_workers(). Logs and answers go to context.folder.posterior(). points: the folder of
    // blocks. key: what those depend on. context and plan outlive this.
    DensityProcesses(JobContext& context, const Plan& plan, std::string points, std::string key);

    [[nodiscard]] unsigned count() const { return static_cast<unsigned>(plan_.placements.size()); }
    void import();                                        // what is imported anyhow
    void prepare(const homodyne::DensityPoints& points);  // the others import meanwhile

    // question: a file. first: cut_blocks() of these processes, from the block and to the one that are this hlaunch's.
    // Columns of the answer are those of its blocks, one after the other. prior: file of the prior's part, made by the
    // first process; empty: not wanted.
    [[nodiscard]] Eigen::MatrixXd answer(homodyne::DensityAnswer what, const std::string& question,
                                         const std::vector<unsigned>& first, const std::string& prior);
    [[nodiscard]] std::string round_folder() const { return folder_ + "/round"; }

  private:
    using Requests = std::function<nlohmann::json(unsigned process)>;
    void run_round(unsigned processes, const Requests& requests);

    JobContext& context_;
    const Plan& plan_;
    std::string folder_, points_, key_;
    ServedLauncher launcher_;
    ProgressDisplay silent_{ProgressDisplay::Style::quiet};  // hundreds of rounds: the sampler tells how it stands
};

}  // namespace hlaunch
