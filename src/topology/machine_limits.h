// Cuts a machine down to its limits, and says so. Pure.
#pragma once

#include <string>
#include <vector>

#include "topology/machine.h"

namespace hlaunch {

// Memory that was added to a running virtual machine (virtio-mem, balloons) is in the kernel's sum but not always in a
// node's. Of one node the sum counts; of several Machine::uncounted_bytes tells it.
void count_memory(Machine& machine, std::uint64_t kernel_total_bytes);

// Takes from allowed_cpus what Limits::cpu_quota has no time for: as many PUs stay as whole CPUs are paid for, at least
// one, in as few NUMA nodes as hold them, each a core of its own as long as there are cores.
void cut_to_quota(Machine& machine);

// "CPU quota of 2.5 CPUs (cpu.max of /docker/1f2e)"
[[nodiscard]] std::string quota_text(const Limits& limits);

// What was planned otherwise for a limit, a line each; and what is to be known before a start.
[[nodiscard]] std::vector<std::string> limit_reasons(const Machine& machine);
[[nodiscard]] std::vector<std::string> limit_warnings(const Machine& machine);

}  // namespace hlaunch
