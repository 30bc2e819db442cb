// A folder under TMPDIR for what only wants to know, removed with all that is in it.
#pragma once

#include <filesystem>
#include <string>

namespace hlaunch {

class TemporaryFolder {
  public:
    explicit TemporaryFolder(const std::string& name);  // "hlaunch-NAME-XXXXXX"; throws infrastructure Error
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder();
    void keep() { kept_ = true; }
    [[nodiscard]] std::string path() const { return path_.string(); }

  private:
    std::filesystem::path path_;
    bool kept_ = false;
};

}  // namespace hlaunch
