// How much memory is left on NUMA nodes, or on the machine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/id_set.h"

namespace hlaunch {

// Available: free, or page cache that can be dropped. Zeros: the kernel does not say.
struct MemoryState {
    std::uint64_t available_bytes = 0, total_bytes = 0;
};

// The text of /sys/devices/system/node/nodeN/meminfo.
[[nodiscard]] MemoryState parse_node_memory(std::string_view text);
// Of these nodes together; of none or all that have memory, or where a node does not tell, of the machine
// (/proc/meminfo).
[[nodiscard]] MemoryState read_memory(const IdSet& nodes, const std::filesystem::path& root = "/");

}  // namespace hlaunch
