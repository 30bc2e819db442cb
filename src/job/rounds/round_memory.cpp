#include "job/rounds/round_memory.h"

#include <array>
#include <utility>
#include <vector>

#include "base/error.h"
#include "job/request/content_hash.h"
#include "merge/npz/npy_matrix.h"
#include "os/files/file.h"

namespace hlaunch {

RoundMemory::RoundMemory(std::string folder, const std::string& key) : folder_(std::move(folder)) {
    const auto key_file = folder_ + "/key";
    if (try_read_text(key_file).value_or("") != key) remove_whole(folder_);
    ensure_directory(folder_);
    write_atomically(key_file, key);
}

std::string RoundMemory::name_of(const std::string& what, const Eigen::MatrixXd& question) const {
    const Eigen::Map<const Eigen::Matrix<char, Eigen::Dynamic, 1>> bytes(
        reinterpret_cast<const char*>(question.data()), question.size() * static_cast<Eigen::Index>(sizeof(double)));
    const std::string text(bytes.data(), static_cast<std::size_t>(bytes.size()));
    return hash_text(what + ":" + std::to_string(question.rows()) + ":" + text);
}

std::optional<Eigen::MatrixXd> RoundMemory::find(const std::string& name) const {
    const auto path = folder_ + "/" + name + ".npy";
    auto bytes = try_read_text(path);
    if (!bytes || bytes->size() < hash_text("").size()) return std::nullopt;
    const auto sum = bytes->substr(bytes->size() - hash_text("").size());
    bytes->resize(bytes->size() - sum.size());
    if (hash_text(*bytes) != sum) return std::nullopt;
    try {
        return matrix_of(*bytes, path);
    } catch (const Error&) {
        return std::nullopt;
    }
}

void RoundMemory::keep(const std::string& name, const Eigen::MatrixXd& answer) const {
    const auto bytes = npy_of(answer);
    replace_in_passing(folder_ + "/" + name + ".npy", bytes + hash_text(bytes));
}

}  // namespace hlaunch
