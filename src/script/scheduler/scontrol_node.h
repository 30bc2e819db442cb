// A compute node as Slurm knows it, for plans that are made on a login node. Pure.
#pragma once

#include <string>
#include <string_view>

namespace hlaunch {

struct SlurmNode {
    std::string topology;    // as --topology takes it
    unsigned most_cpus = 0;  // that a job may ask for there: less those that Slurm keeps for itself; 0: not told
};
// The text of `scontrol show node NAME`: one NUMA node a socket, which is what Slurm tells, with its share of
// RealMemory less MemSpecLimit (MiB). CPUs as Slurm counts them, which may be cores. Throws usage Error naming what is
// missing.
[[nodiscard]] SlurmNode node_of_scontrol(std::string_view scontrol_text);

}  // namespace hlaunch
