// Reads machines through hwloc. The only place that includes hwloc.h.
#pragma once

#include <string>

#include "topology/machine.h"

namespace hlaunch {

// This machine, cut down to what this process may use: cpuset, Mems_allowed and sched_getaffinity
// (hwloc knows nothing of the last), whatever HWLOC_XMLFILE and the like say. Throws infrastructure Error when hwloc
// cannot load it.
[[nodiscard]] Machine read_machine();

// What is to run here: cut down to its control groups' limits as well (CPU quota, memory, processes). A login shell's
// limits are none of a node's that a script is made for.
[[nodiscard]] Machine read_limited_machine();

// Another machine, from an XML file of lstopo's or a synthetic string such as "pack:2 [numa]
// core:16 pu:2". Throws usage Error.
[[nodiscard]] Machine read_foreign_machine(const std::string& xml_path_or_synthetic);

}  // namespace hlaunch
