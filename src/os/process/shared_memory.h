// POSIX shared memory and semaphores, which outlive the processes that made them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace hlaunch {

struct SharedMemoryEntry {
    std::string name;  // "psm_1a2b3c4d", "sem.mp-x7z_0q1w"
    std::uint64_t bytes = 0;
    std::uint64_t inode = 0;
};

inline const std::filesystem::path shared_memory_folder = "/dev/shm";

// Regular files of our own uid whose name starts with one of the prefixes (none: all), sorted by
// name.
[[nodiscard]] std::vector<SharedMemoryEntry> list_shared_memory(
    std::span<const std::string> prefixes, const std::filesystem::path& folder = shared_memory_folder);

// What the process has mapped now, of our own: only such entries are known to be its and nobody
// else's.
[[nodiscard]] std::vector<SharedMemoryEntry> shared_memory_of(pid_t pid);

// Removes those that are still the same files (inode). Returns the names removed.
std::vector<std::string> remove_shared_memory(std::span<const SharedMemoryEntry> entries,
                                              const std::filesystem::path& folder = shared_memory_folder);

// Shared memory and semaphores of a tree that gave all of them names with this prefix; returns how many. An empty
// prefix names none.
unsigned remove_shared_memory_of(const std::string& prefix, const std::filesystem::path& folder = shared_memory_folder);

}  // namespace hlaunch
