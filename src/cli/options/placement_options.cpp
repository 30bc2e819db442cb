#include "cli/options/placement_options.h"

#include <CLI/CLI.hpp>

#include "os/host/hwloc_reader.h"

namespace hlaunch {

void PlacementOptions::add_to(CLI::App& app) {
    const std::string group = "Placement";
    app.add_option("--per", per, "one placement per numa | package | l3 | machine | cores:N | auto")
        ->capture_default_str()
        ->group(group);
    app.add_option("--instances", instances, "so many placements, balanced over the NUMA nodes")->group(group);
    app.add_option("--reserve-cores", reserve_cores,
                   "cores kept free for the system (default: 1, or 0 with fewer than 4)")
        ->group(group);
    app.add_option("--topology", topology, "plan for another machine: lstopo's XML file or a synthetic string")
        ->type_name("XML|STRING")
        ->group(group);
    app.add_option("--mode", mode, "auto | cmc | cmc-hpc | nlsq: cmc is content with smaller NUMA nodes")
        ->check(CLI::IsMember({"auto", "cmc", "cmc-hpc", "nlsq"}))
        ->type_name("MODE")
        ->capture_default_str()
        ->group(group);
}

Machine PlacementOptions::machine() const {
    return topology ? read_foreign_machine(*topology) : read_limited_machine();
}

PlacementRequest PlacementOptions::request() const {
    PlacementRequest request;
    parse_per(per, request);
    request.instances = instances;
    request.reserve_cores = reserve_cores;
    request.min_numa_cores = mode == "cmc" ? 4 : 8;
    return request;
}

}  // namespace hlaunch
