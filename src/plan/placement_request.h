// How to cut a machine: --per, --instances, --reserve-cores.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hlaunch {

struct PlacementRequest {
    enum class Per { automatic, numa, package, l3, machine, cores };
    Per per = Per::automatic;
    unsigned cores_each = 0;      // for Per::cores
    unsigned min_numa_cores = 8;  // automatic: the NUMA node if it has this many cores
    std::optional<unsigned> instances;
    std::optional<unsigned> reserve_cores;  // absent: one with four or more allowed cores, else none

    bool operator==(const PlacementRequest&) const = default;
};
// "numa", "package", "l3", "machine", "cores:4", "auto"; sets per and cores_each. Throws usage Error.
void parse_per(std::string_view text, PlacementRequest& request);
[[nodiscard]] std::string per_text(const PlacementRequest& request);  // the inverse

}  // namespace hlaunch
