#include "topology/topology_json.h"

#include <nlohmann/json.hpp>

namespace hlaunch {

nlohmann::json to_json(const Machine& machine) {
    using nlohmann::json;
    json packages = json::array();
    for (const auto& package : machine.packages)
        packages.push_back({{"os_index", package.os_index}, {"cpus", package.cpus.str()}});
    json nodes = json::array();
    for (const auto& node : machine.numa_nodes)
        nodes.push_back({{"os_index", node.os_index},
                         {"cpus", node.cpus.str()},
                         {"memory_bytes", node.memory_bytes},
                         {"allowed", node.allowed},
                         {"subtype", node.subtype}});
    json l3 = json::array();
    for (const auto& cpus : machine.l3) l3.push_back(cpus.str());
    json cores = json::array();
    for (const auto& core : machine.cores) cores.push_back(core.cpus.str());
    json limits{{"online_cpus", machine.cpus.str()},
                {"cpuset_cpus", machine.cpuset_cpus.str()},
                {"allowed_cpus", machine.allowed_cpus.str()},
                {"allowed_mems", machine.allowed_mems.str()}};
    const auto& told = machine.limits;
    if (told.cpu_quota > 0.0) limits["cpu_quota"] = told.cpu_quota;
    if (told.memory_bytes > 0) limits["memory_bytes"] = told.memory_bytes;
    if (told.tasks_left) limits["tasks_left"] = *told.tasks_left;
    if (!told.memory_policy) limits["memory_policy"] = false;
    if (machine.uncounted_bytes > 0) limits["uncounted_bytes"] = machine.uncounted_bytes;
    return {{"name", machine.name},           {"foreign", machine.foreign},
            {"cpu_model", machine.cpu_model}, {"packages", std::move(packages)},
            {"numa_nodes", std::move(nodes)}, {"l3", std::move(l3)},
            {"l3_bytes", machine.l3_bytes},   {"cores", std::move(cores)},
            {"limits", std::move(limits)}};
}

}  // namespace hlaunch
