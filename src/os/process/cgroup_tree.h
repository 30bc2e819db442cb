// Where a control group and those above it lie, in any of the layouts that are in use.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace hlaunch {

struct GroupFolder {
    std::filesystem::path path;  // below root
    std::string name;            // within its hierarchy, "/docker/1f2e"
};

struct GroupTree {
    bool unified = false;              // version 2
    std::vector<GroupFolder> folders;  // this process's own first, the topmost that is to be seen last
};

// Of the controller ("cpu", "memory", "pids"): in a hierarchy of its own or together with others (version 1), in that
// of version 2, or version 2 beside version 1 without it. A container sees its part of the tree under a mount point:
// /proc/self/mountinfo tells which. Empty where none is mounted. root: "/", or a copy of a host's /proc and /sys.
[[nodiscard]] GroupTree group_tree(std::string_view controller, const std::filesystem::path& root = "/");

}  // namespace hlaunch
