#include "merge/npz/npy_matrix.h"

#include <array>
#include <cstring>
#include <vector>

#include "base/error.h"

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
    const auto rows = array.shape().front();
    return matrix_of(array, rows == 0 ? 0 : array.count() / rows);
}

Eigen::MatrixXd matrix_of(const NpyArray& array, std::size_t columns) {
    if (columns == 0) return {};
    const auto numbers = array.numbers();
    return Eigen::Map<const RowMajorMatrix>(numbers.data(), static_cast<Eigen::Index>(numbers.size() / columns),
                                            static_cast<Eigen::Index>(columns));
}

Eigen::MatrixXd join_columns(std::span<const Eigen::MatrixXd> pieces) {
    Eigen::Index width = 0;
    for (const auto& piece : pieces) width += piece.cols();
    if (width == 0) return {};
    Eigen::MatrixXd out(pieces.front().rows(), width);
    Eigen::Index at = 0;
    for (const auto& piece : pieces) {
        out.middleCols(at, piece.cols()) = piece;
        at += piece.cols();
    }
    return out;
}

}  // namespace hlaunch
