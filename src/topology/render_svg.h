// Draws a machine: packages hold NUMA nodes, nodes hold L3s, L3s hold cores, each coloured by who
// takes it.
#pragma once

#include <string>
#include <vector>

#include "topology/machine.h"

namespace hlaunch {

// One placement, as far as a picture needs it.
struct Slice {
    std::string label;  // short: written into each of its cores
    IdSet cpus;
};

// A whole SVG document, pure and deterministic. Reserved cores are hatched, cores this process may
// not use hollow, partly taken cores partly filled.
[[nodiscard]] std::string render_svg(const Machine& machine, const std::vector<Slice>& slices,
                                     const IdSet& reserved_cpus);

}  // namespace hlaunch
