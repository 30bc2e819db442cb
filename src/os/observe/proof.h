// What the kernel says of running processes: proof of a binding, not its intent.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/id_set.h"
#include "os/observe/thread_stat.h"
#include "os/process/process_info.h"

namespace hlaunch {

using BytesPerNode = std::map<unsigned, std::uint64_t>;  // by OS index of the NUMA node

// /proc/PID/numa_maps (Documentation/filesystems/proc.rst), pages times the mapping's own page
// size.
struct NumaMaps {
    std::string policy;      // of most mappings: "default", "bind:1", "prefer (many):0-1",
                             // "interleave:0-1"; "" if empty
    BytesPerNode anonymous;  // heap, stacks, private copies of file pages
    BytesPerNode file;       // page cache: lies where it was first read
    BytesPerNode shared;     // POSIX, System V and anonymous shared memory
};
// A private file mapping on several nodes with some pages copied does not say which are where: they
// are split in proportion.
[[nodiscard]] NumaMaps parse_numa_maps(std::string_view text);

struct ThreadAffinity {
    IdSet cpus;
    unsigned threads = 0;
};

struct ProcessProof {
    pid_t pid = 0;
    pid_t ppid = 0;
    std::string comm;
    std::string command;  // shortened
    unsigned threads = 0;
    std::vector<ThreadAffinity> affinity;  // distinct masks, most threads first
    std::vector<ThreadRun> runs;           // of each thread
    NumaMaps memory;                       // empty on a kernel without NUMA
    std::uint64_t resident_bytes = 0;
    double cpu_seconds = 0.0;
};

[[nodiscard]] ProcessProof read_proof(const ProcessInfo& process);
// Of all live ones among the processes (a ProcessTree's members); those that vanish are left out.
[[nodiscard]] std::vector<ProcessProof> read_proofs(std::span<const ProcessInfo> processes);

}  // namespace hlaunch
