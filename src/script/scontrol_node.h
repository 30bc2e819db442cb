// A compute node as Slurm knows it, for plans that are made on a login node. Pure.
#pragma once

#include <string>
#include <string_view>

namespace hlaunch {

// The text of `scontrol show node NAME`: a synthetic topology for --topology, one NUMA node a socket, which is what
// Slurm tells, with its share of RealMemory less MemSpecLimit (MiB). Throws usage Error naming what is missing.
[[nodiscard]] std::string topology_of_node(std::string_view scontrol_text);

}  // namespace hlaunch
