// What a supervisor sees of processes, files and the kernel, behind one interface: tests make a world in memory.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/id_set.h"
#include "os/host/host.h"
#include "os/numa/node_memory.h"
#include "os/process/process_info.h"
#include "os/spawn/child_events.h"

namespace hlaunch {

class World {
  public:
    virtual ~World() = default;
    // From now on signals are heard there alone, until it is destroyed.
    [[nodiscard]] virtual std::unique_ptr<EventSource> listen() = 0;
    // All there are now; one reading for all that ask at the same time.
    [[nodiscard]] virtual const std::vector<ProcessInfo>& processes(Clock::Time now) = 0;
    // Of a process and all below it, those that ended too.
    [[nodiscard]] virtual double cpu_seconds_below(pid_t root) = 0;
    [[nodiscard]] virtual std::uint64_t file_bytes(const std::filesystem::path& path) = 0;  // 0: there is none
    [[nodiscard]] virtual FreeSpace free_space(const std::string& path) = 0;                // throws infrastructure
    [[nodiscard]] virtual MemoryState memory_left(const IdSet& nodes) = 0;
    // Kills for want of memory: what our group has counted so far (0 where it does not tell), and whom the kernel's log
    // names since the call before this one.
    [[nodiscard]] virtual std::uint64_t counted_memory_kills() = 0;
    [[nodiscard]] virtual std::vector<pid_t> new_kernel_kills() = 0;
    [[nodiscard]] virtual bool take_stop_file(const std::string& path) = 0;  // stop_file.h
};

// The one we run in.
[[nodiscard]] World& real_world();

}  // namespace hlaunch
