// What SciPy, ArviZ and NumPy say; tests/data/merge/make_references.py made the numbers.
#pragma once

#include <Eigen/Dense>
#include <string>
#include <vector>

#include "merge/npz/npz.h"

namespace references {

inline hlaunch::NpzReader reference(const char* name) {
    return hlaunch::NpzReader(std::string(HLAUNCH_TEST_DATA "/merge/") + name);
}

inline Eigen::MatrixXd matrix(const hlaunch::NpzReader& npz, const std::string& name) {
    using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const hlaunch::NpyArray array = npz.read(name);
    const std::vector<double> values = array.numbers();
    return Eigen::Map<const RowMajor>(values.data(), static_cast<Eigen::Index>(array.shape().at(0)),
                                      static_cast<Eigen::Index>(array.shape().at(1)));
}

inline Eigen::VectorXd vector(const hlaunch::NpzReader& npz, const std::string& name) {
    const std::vector<double> values = npz.read(name).numbers();
    return Eigen::Map<const Eigen::VectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

}  // namespace references
