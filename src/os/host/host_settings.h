// How the host is set up, as /proc and /sys tell: what slows a run down or ends it. Absent where the kernel says
// nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "topology/machine.h"

namespace hlaunch {

// A soft limit of this process; no bytes or count: unlimited.
using Limit = std::optional<std::uint64_t>;

struct Mount {
    std::string point, type;  // "/data", "nfs4"
};

struct HostSettings {
    std::optional<std::uint64_t> memory_total_bytes, memory_available_bytes;
    Limits control_groups;  // and what is left of the user's processes
    std::optional<double> load_1min;
    std::map<std::string, unsigned> governors;  // CPUs by frequency governor
    std::string frequency_driver;               // "intel_pstate", "acpi-cpufreq", ...
    std::optional<long> numa_balancing, zone_reclaim_mode, overcommit_memory;
    std::string huge_pages;  // of always, madvise, never
    std::optional<std::uint64_t> shm_size_bytes, shm_free_bytes;
    std::map<std::string, Limit> limits;  // as /proc/self/limits names them: "Max open files"
    std::vector<Mount> mounts;            // in the kernel's order
};

// From the files under a root: "/", or a copy of another host's /proc and /sys.
[[nodiscard]] HostSettings read_host_settings(const std::filesystem::path& root);

// The texts of /proc/self/limits and /proc/self/mountinfo; malformed lines are left out.
[[nodiscard]] std::map<std::string, Limit> parse_limits(std::string_view text);
[[nodiscard]] std::vector<Mount> parse_mounts(std::string_view text);

// Of the file system an absolute path is on; "" where no mount point holds it.
[[nodiscard]] std::string filesystem_type(const std::vector<Mount>& mounts, const std::filesystem::path& path);

}  // namespace hlaunch
