#include "job/matrix_file.h"

#include <array>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "merge/npy.h"

namespace hlaunch {
namespace {

using RowMajorMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

}  // namespace

std::string npy_of(const Eigen::MatrixXd& matrix) {
    const RowMajorMatrix rows = matrix;
    const std::array shape{static_cast<std::size_t>(rows.rows()), static_cast<std::size_t>(rows.cols())};
    return encode_npy(std::span(rows.data(), static_cast<std::size_t>(rows.size())), shape);
}

Eigen::MatrixXd matrix_of(const std::string& bytes, const std::string& where) {
    std::vector<std::byte> raw(bytes.size());
    std::memcpy(raw.data(), bytes.data(), bytes.size());
    const auto array = NpyArray::parse(std::move(raw), where);
    if (array.shape().empty()) throw usage_error("{} is a number, no matrix", where);
    const auto rows = static_cast<Eigen::Index>(array.shape().front());
    const auto numbers = array.numbers();
    return Eigen::Map<const RowMajorMatrix>(numbers.data(), rows,
                                            rows == 0 ? 0 : static_cast<Eigen::Index>(numbers.size()) / rows);
}

}  // namespace hlaunch
