// NumPy's .npz: a zip of .npy members, stored or deflated.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "merge/npz/npy.h"

struct zip;

namespace hlaunch {

class NpzReader {
  public:
    explicit NpzReader(const std::filesystem::path& path);    // throws usage if it is no readable zip
    [[nodiscard]] bool has(const std::string& member) const;  // name without ".npy"
    [[nodiscard]] NpyArray read(const std::string& member) const;
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  private:
    struct Close {
        void operator()(zip* archive) const noexcept;
    };
    std::filesystem::path path_;
    std::unique_ptr<zip, Close> archive_;
};

// The bytes of an archive of members as encode_npy made them. Equal members give equal bytes.
[[nodiscard]] std::string encode_npz(const std::vector<std::pair<std::string, std::string>>& members);

}  // namespace hlaunch
