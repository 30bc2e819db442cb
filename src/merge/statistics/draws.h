// Draws of a posterior: one row a draw, chain-major (all of chain 0, then chain 1, ...), one column
// a parameter.
#pragma once

#include <Eigen/Dense>
#include <string>
#include <vector>

namespace hlaunch {

struct Draws {
    std::vector<std::string> names;  // one a column
    Eigen::Index chains = 1;
    Eigen::MatrixXd values;  // (chains * draws) x names

    [[nodiscard]] Eigen::Index per_chain() const { return chains > 0 ? values.rows() / chains : 0; }
    // One column as draws x chains.
    [[nodiscard]] Eigen::MatrixXd by_chain(Eigen::Index column) const {
        return values.col(column).reshaped(per_chain(), chains);
    }
};

}  // namespace hlaunch
