#pragma once

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "os/files/file.h"
#include "os/process/cgroup.h"

// Makes a group, says that it is delegated, and moves this process into it; all is undone at the end.
class DelegatedGroup {
  public:
    DelegatedGroup() {
        const auto own = hlaunch::parse_cgroups(hlaunch::try_read_text("/proc/self/cgroup").value_or("")).unified;
        if (!own || ::geteuid() != 0) return;
        for (const char* top : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
            parent_ = std::filesystem::path(top) / std::filesystem::path(*own).relative_path();
            folder_ = parent_ / ("hlaunch-test-" + std::to_string(::getpid()));
            if (std::filesystem::exists(parent_ / "cgroup.procs") && ::mkdir(folder_.c_str(), 0755) == 0) break;
            folder_.clear();
        }
        ready_ = !folder_.empty() && std::filesystem::exists(folder_ / "cgroup.kill") &&
                 ::setxattr(folder_.c_str(), "user.delegate", "1", 1, 0) == 0 && move_to(folder_);
    }
    ~DelegatedGroup() {
        if (folder_.empty()) return;
        move_to(parent_);
        ::rmdir(folder_.c_str());
    }
    DelegatedGroup(const DelegatedGroup&) = delete;
    DelegatedGroup& operator=(const DelegatedGroup&) = delete;
    [[nodiscard]] bool ready() const { return ready_; }
    [[nodiscard]] unsigned groups_below() const {
        unsigned count = 0;
        for (const auto& entry : std::filesystem::directory_iterator(folder_)) count += entry.is_directory() ? 1 : 0;
        return count;
    }

  private:
    static bool move_to(const std::filesystem::path& folder) {
        std::ofstream procs(folder / "cgroup.procs");
        return static_cast<bool>(procs << "0" << std::flush);
    }
    std::filesystem::path parent_, folder_;
    bool ready_ = false;
};
