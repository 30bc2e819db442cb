// Matrices as NumPy's .npy files, a row of the matrix a row of the array.
#pragma once

#include <Eigen/Dense>
#include <string>

namespace hlaunch {

[[nodiscard]] std::string npy_of(const Eigen::MatrixXd& matrix);
// Of an array with any number of dimensions: the first are the rows, the others the columns. Throws usage Error, naming
// where, for what is none or is cut short.
[[nodiscard]] Eigen::MatrixXd matrix_of(const std::string& bytes, const std::string& where);

}  // namespace hlaunch
