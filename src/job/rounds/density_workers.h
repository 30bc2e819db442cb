// The density of all points, for the sampler: rounds that this hlaunch's processes answer, and those of the hlaunches
// of other ranks where there are any. A round is a batch of parameter vectors.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "homodyne/density/served_density.h"
#include "job/rounds/density_processes.h"
#include "job/rounds/round_board.h"
#include "job/rounds/round_memory.h"
#include "job/rounds/round_runner.h"
#include "plan/run_folder.h"

namespace hlaunch {

// What a round said, told for progress.
struct RoundNews {
    std::size_t rounds = 0, remembered = 0;  // remembered: rounds of a former start
    std::size_t evaluations = 0;             // of former starts, too
    unsigned most_processes = 0;             // that answered a round together
    double seconds = 0.0;                    // in rounds
};

// How the rounds of a run that several hlaunches share are answered.
struct RoundSharing {
    std::optional<RunFolder> with = {};  // all hlaunches in it; none: nobody else takes part
    RoundBoard::Patience patience = {};  // while others compute
    bool only_remembered = false;        // a merge has nothing but what was computed
};

// All throw what the runner and patience throw.
class DensityWorkers final : public homodyne::DensityRounds {
  public:
    // folder: of points and rounds. key: what the answers depend on beside the parameters. runner and clock outlive
    // this.
    DensityWorkers(RoundRunner& runner, Clock& clock, std::string folder, const std::string& key,
                   RoundSharing sharing = {});

    // The model, and the folder of points before the first round that is not remembered. config: as the survey derived
    // it. nlsq_result: of which homodyne makes priors; empty: none.
    void prepare(const std::string& config, const std::string& nlsq_result, bool yaml_priors);
    [[nodiscard]] const homodyne::DensityModel& model() const { return model_; }

    [[nodiscard]] std::vector<homodyne::PointValues> values(const Eigen::MatrixXd& x) override;
    [[nodiscard]] std::vector<homodyne::PointSlopes> slopes(const Eigen::MatrixXd& x,
                                                            homodyne::PosteriorOf of) override;
    [[nodiscard]] Eigen::MatrixXd parameters(const Eigen::MatrixXd& x);  // columns: model().parameters
    // One row, of (observed - model) / sigma over all points: their number, the sum of squares, the number of pairs
    // that are neighbours in time, and the sum of squares of the difference of each.
    [[nodiscard]] Eigen::MatrixXd residuals(const Eigen::VectorXd& x);

    [[nodiscard]] const RoundNews& news() const { return news_; }

  private:
    [[nodiscard]] Eigen::MatrixXd ask(homodyne::DensityAnswer what, const Eigen::MatrixXd& x);
    [[nodiscard]] Eigen::MatrixXd answer_of_all(homodyne::DensityAnswer what, const Eigen::MatrixXd& x);
    // A column a block and value.
    [[nodiscard]] Eigen::MatrixXd blocks_of_all(homodyne::DensityAnswer what, const Eigen::MatrixXd& x,
                                                const std::string& question, const std::string& prior);
    void fill_points();

    Clock& clock_;
    std::string folder_, key_;
    RoundSharing sharing_;
    std::unique_ptr<RoundBoard> board_;  // null: nobody else takes part
    RoundMemory memory_;
    DensityProcesses processes_;
    homodyne::DensityPoints points_;
    bool filled_ = false;        // by this start
    std::vector<unsigned> own_;  // cut_blocks() of the last round, ours
    homodyne::DensityModel model_;
    RoundNews news_;
};

}  // namespace hlaunch
