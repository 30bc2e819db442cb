// What the sampler of an exact posterior asks of the workers that hold the points. A round is a batch of parameter
// vectors that all of them answer; who starts the workers and brings the requests to them is a RoundRunner.
#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "homodyne/served_density.h"
#include "homodyne/task_file.h"
#include "job/round_memory.h"
#include "os/clock.h"

namespace hlaunch {

class RoundRunner {
  public:
    using Requests = std::function<nlohmann::json(unsigned worker)>;

    virtual ~RoundRunner() = default;
    [[nodiscard]] virtual unsigned workers() const = 0;
    // Until the first so many workers have answered, each its own request. Throws where one cannot go on.
    virtual void run_round(unsigned workers, const Requests& requests) = 0;
};

// What a round said, told for progress.
struct RoundNews {
    std::size_t rounds = 0, evaluations = 0, remembered = 0;  // remembered: rounds of a former start
    double seconds = 0.0;                                     // in rounds
};

// All throw what the runner throws.
class DensityWorkers final : public homodyne::DensityRounds {
  public:
    // folder: of points and rounds. key: what the answers depend on beside the parameters. runner and clock outlive
    // this.
    DensityWorkers(RoundRunner& runner, const Clock& clock, std::string folder, const std::string& key);

    // Makes the folder of points and model.json. config: as the survey derived it.
    void prepare(const std::string& config, const std::string& nlsq_result, bool yaml_priors);
    [[nodiscard]] const homodyne::DensityModel& model() const { return model_; }

    [[nodiscard]] std::vector<homodyne::PointValues> values(const Eigen::MatrixXd& x) override;
    [[nodiscard]] std::vector<homodyne::PointSlopes> slopes(const Eigen::MatrixXd& x) override;
    [[nodiscard]] Eigen::MatrixXd parameters(const Eigen::MatrixXd& x);  // columns: model().parameters
    // One row, of (observed - model) / sigma over all points: their number, the sum of squares, the number of pairs
    // that are neighbours in time, and the sum of squares of the difference of each.
    [[nodiscard]] Eigen::MatrixXd residuals(const Eigen::VectorXd& x);

    [[nodiscard]] const RoundNews& news() const { return news_; }

  private:
    [[nodiscard]] unsigned workers_with_points() const;
    [[nodiscard]] homodyne::DensitySlice slice_of(unsigned worker) const;
    void run_round(unsigned workers, const RoundRunner::Requests& requests);
    [[nodiscard]] Eigen::MatrixXd ask(homodyne::DensityAnswer what, const Eigen::MatrixXd& x);
    [[nodiscard]] Eigen::MatrixXd answer_of_all(homodyne::DensityAnswer what, const Eigen::MatrixXd& x);

    RoundRunner& runner_;
    const Clock& clock_;
    std::string folder_;
    RoundMemory memory_;
    homodyne::DensityModel model_;
    RoundNews news_;
};

}  // namespace hlaunch
