// What control groups and resource limits leave to this process.
#pragma once

#include <filesystem>
#include <optional>

#include "os/numa/node_memory.h"
#include "topology/machine.h"

namespace hlaunch {

// Of all groups from our own to the topmost the smallest limit counts, and our user's limit of processes. root: "/", or
// a copy of another host's /proc and /sys; there quota_seed is 0 and memory_policy true.
[[nodiscard]] Limits read_limits(const std::filesystem::path& root = "/");

// Of the group that has least left of its memory limit; nothing where there is none. Page cache that can be dropped
// counts as available.
[[nodiscard]] std::optional<MemoryState> group_memory(const std::filesystem::path& root = "/");

// Less of the two: what the nodes have, what our group may still take.
[[nodiscard]] MemoryState memory_left(const IdSet& nodes, const std::filesystem::path& root = "/");

// Whether the kernel takes memory policies from us: a seccomp filter answers before it looks at the arguments.
[[nodiscard]] bool memory_policy_allowed() noexcept;

}  // namespace hlaunch
