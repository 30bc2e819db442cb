// The host we run on, for records, cache keys and checks before the start.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace hlaunch {

struct Host {
    std::string name;
    std::string cpu_model;         // "" where /proc/cpuinfo has none
    std::string kernel;            // "6.1.0-25-amd64"
    std::string boot_id;           // changes at each boot: pids and start times are only comparable within one
    bool virtual_machine = false;  // the CPU says so (x86); false where it cannot
};
[[nodiscard]] Host read_host();

// Which machine, which boot of it and which numbering of processes a pid belongs to. Cheap, other than read_host().
struct HostIdentity {
    std::string name;
    std::string boot_id;
    std::string pid_namespace;  // "pid:[4026531836]"; "" where it cannot be read
};
[[nodiscard]] HostIdentity read_host_identity();

struct FreeSpace {
    std::uint64_t bytes = 0;   // for an unprivileged user
    std::uint64_t inodes = 0;  // meaningless where they are not counted (btrfs)
    bool counts_inodes = true;
    bool read_only = false;
};
// Of the file system that holds the path or, where it does not exist yet, its nearest existing
// parent.
[[nodiscard]] FreeSpace free_space(const std::filesystem::path& path);  // throws infrastructure

}  // namespace hlaunch
