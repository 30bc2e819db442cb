// A folder of one command's own under TMPDIR.
#pragma once

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include "base/error.h"

namespace hlaunch {

// Removed with all that is in it.
class TemporaryFolder {
  public:
    explicit TemporaryFolder(const std::string& purpose) {
        std::error_code failed;
        path_ = std::filesystem::temp_directory_path(failed) / ("hlaunch-" + purpose + "-XXXXXX");
        if (failed) throw infrastructure_error("TMPDIR names no folder; set it to one you may write to");
        auto name = path_.string();
        if (mkdtemp(name.data()) == nullptr)
            throw infrastructure_error("cannot make {}: {}; set TMPDIR", name, std::strerror(errno));
        path_ = name;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        if (!kept_) std::filesystem::remove_all(path_, ignored);
    }
    void keep() { kept_ = true; }
    [[nodiscard]] std::string path() const { return path_.string(); }

  private:
    std::filesystem::path path_;
    bool kept_ = false;
};

}  // namespace hlaunch
