// The options by which plan, topo and run cut a machine: --per, --instances, --reserve-cores,
// --topology, --mode.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "plan/placement.h"

namespace CLI {
class App;
}

namespace hlaunch {

struct PlacementOptions {
    std::string per = "auto";
    std::optional<unsigned> instances;
    std::optional<unsigned> reserve_cores;
    std::optional<std::string> topology;
    std::string mode = "auto";

    void add_to(CLI::App& app);  // this object must outlive the app's parsing
    // Whether the user asked for any cut.
    [[nodiscard]] bool given() const { return per != "auto" || instances || reserve_cores; }
    // This machine, or the one --topology names (foreign). Throws Error.
    [[nodiscard]] Machine machine() const;
    [[nodiscard]] PlacementRequest request() const;
};

}  // namespace hlaunch
