// The density of a scan as the processes of one hlaunch answer it: each holds its blocks of the points in the memory of
// its placement.
#pragma once

#include <Eigen/Dense>
#include <string>
#include <vector>

#include "homodyne/plan/task_file.h"
#include "job/rounds/round_runner.h"

namespace hlaunch {

// The first block of each of so many processes, and last the end: even shares in their order. Of more processes than
// blocks the last have none.
[[nodiscard]] std::vector<unsigned> cut_blocks(unsigned blocks, unsigned processes);

// All throw what the runner throws.
class DensityProcesses {
  public:
    // folder: for questions and answers. points: the folder of blocks. key: what those depend on. runner outlives this.
    DensityProcesses(RoundRunner& runner, std::string folder, std::string points, std::string key);

    [[nodiscard]] unsigned count() const { return runner_.processes(); }
    void import();                                        // what is imported anyhow
    void prepare(const homodyne::DensityPoints& points);  // the others import meanwhile

    // question: a file. first: cut_blocks() of these processes, from the block and to the one that are this hlaunch's.
    // Columns of the answer are those of its blocks, one after the other. prior: file of the prior's part, made by the
    // first process; empty: not wanted.
    [[nodiscard]] Eigen::MatrixXd answer(homodyne::DensityAnswer what, const std::string& question,
                                         const std::vector<unsigned>& first, const std::string& prior);
    [[nodiscard]] const std::string& folder() const { return folder_; }

  private:
    RoundRunner& runner_;
    std::string folder_, points_, key_;
};

}  // namespace hlaunch
