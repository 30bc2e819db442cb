// Matrices as NumPy's arrays, a row of the matrix a row of the array.
#pragma once

#include <Eigen/Dense>
#include <cstddef>
#include <span>
#include <string>

#include "merge/npz/npy.h"

namespace hlaunch {

[[nodiscard]] std::string npy_of(const Eigen::MatrixXd& matrix);
// Of an array with any number of dimensions: the first are the rows, the others the columns. Throws usage Error, naming
// where, for what is none or is cut short.
[[nodiscard]] Eigen::MatrixXd matrix_of(const std::string& bytes, const std::string& where);
// The numbers of an array in their order, so many columns; its last dimension, mostly.
[[nodiscard]] Eigen::MatrixXd matrix_of(const NpyArray& array, std::size_t columns);

// Of the same number of rows, one after the other.
[[nodiscard]] Eigen::MatrixXd join_columns(std::span<const Eigen::MatrixXd> pieces);

}  // namespace hlaunch
