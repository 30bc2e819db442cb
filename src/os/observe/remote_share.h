// How much of what a process may touch is on another NUMA node than its threads: measured the same way whether it
// is bound or not.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string_view>

#include "os/observe/proof.h"

namespace hlaunch {

using NodeOfCpu = std::map<unsigned, unsigned>;  // OS indices

// From /sys/devices/system/node; empty on a kernel without NUMA.
[[nodiscard]] NodeOfCpu read_cpu_nodes();

// Of the anonymous pages, those not on the node where a thread last ran: the mean over the threads, each weighted by
// its CPU time (all alike where none has used any), as if each reached for all pages alike. Nothing without pages,
// threads or known nodes.
[[nodiscard]] std::optional<double> remote_share(std::span<const ThreadRun> threads, const BytesPerNode& anonymous,
                                                 const NodeOfCpu& nodes);

// Of whole trees: the mean over the processes, weighted by their anonymous bytes.
[[nodiscard]] std::optional<double> remote_share(std::span<const ProcessProof> processes, const NodeOfCpu& nodes);

}  // namespace hlaunch
