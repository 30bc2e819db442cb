#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json_whole.h"
#include "plan/plan.h"

namespace hlaunch {
namespace {

using nlohmann::json;

constexpr const char* format_name = "hlaunch-plan";
constexpr unsigned format_version = 1;

json to_json(const Part& part) {
    json out{{"index", part.index},
             {"kind", part.kind},
             {"shards", part.shards},
             {"cost", part.cost},
             {"memory_bytes", part.memory_bytes},
             {"workers", part.workers}};
    if (!part.name.empty()) out["name"] = part.name;
    return out;
}

json to_json(const Instance& instance) {
    return {{"part", instance.part},
            {"placement", instance.placement},
            {"argv", instance.argv},
            {"env", instance.env},
            {"unset_env", instance.unset_env},
            {"cwd", instance.cwd},
            {"on_whole_machine", instance.on_whole_machine}};
}

json to_json(const Stage& stage) {
    json instances = json::array();
    for (const auto& instance : stage.instances) instances.push_back(to_json(instance));
    return {{"name", stage.name}, {"instances", std::move(instances)}};
}

template <class Item>
json to_array(const std::vector<Item>& items) {
    json out = json::array();
    for (const auto& item : items) out.push_back(to_json(item));
    return out;
}

IdSet ids(const json& from, const char* key) {
    return IdSet::parse(from.at(key).get_ref<const std::string&>());
}

MachineSummary machine_from(const json& from) {
    MachineSummary out;
    take_whole(from.at("packages"), out.packages);
    take_whole(from.at("numa_nodes"), out.numa_nodes);
    take_whole(from.at("cores"), out.cores);
    take_whole(from.at("pus"), out.pus);
    out.allowed_cpus = ids(from, "allowed_cpus");
    out.allowed_mems = ids(from, "allowed_mems");
    take_whole(from.at("memory_bytes"), out.memory_bytes);
    out.cpu_quota = from.value("cpu_quota", 0.0);
    if (from.contains("memory_limit_bytes")) take_whole(from.at("memory_limit_bytes"), out.memory_limit_bytes);
    return out;
}

Placement placement_from(const json& from) {
    Placement out;
    take_whole(from.at("index"), out.index);
    out.cpus = ids(from, "cpus");
    out.mems = ids(from, "mems");
    out.mem_policy = parse_mem_policy(from.at("mem_policy").get_ref<const std::string&>());
    take_whole(from.at("cores"), out.cores);
    take_whole(from.at("memory_bytes"), out.memory_bytes);
    take_whole(from.at("packages"), out.packages);
    take_whole(from.at("numa_nodes"), out.numa_nodes);
    return out;
}

Part part_from(const json& from) {
    Part out;
    take_whole(from.at("index"), out.index);
    from.at("kind").get_to(out.kind);
    out.name = from.value("name", "");
    take_whole(from.at("shards"), out.shards);
    from.at("cost").get_to(out.cost);
    take_whole(from.at("memory_bytes"), out.memory_bytes);
    take_whole(from.at("workers"), out.workers);
    return out;
}

Instance instance_from(const json& from) {
    Instance out;
    take_whole(from.at("part"), out.part);
    take_whole(from.at("placement"), out.placement);
    from.at("argv").get_to(out.argv);
    from.at("env").get_to(out.env);
    from.at("unset_env").get_to(out.unset_env);
    from.at("cwd").get_to(out.cwd);
    out.on_whole_machine = from.value("on_whole_machine", false);
    return out;
}

Plan read(const json& from) {
    Plan plan;
    plan.machine = machine_from(from.at("machine"));
    for (const auto& item : from.at("placements")) plan.placements.push_back(placement_from(item));
    if (from.contains("whole_machine")) plan.whole_machine = placement_from(from.at("whole_machine"));
    plan.reserved_cpus = ids(from, "reserved_cpus");
    for (const auto& item : from.at("parts")) plan.parts.push_back(part_from(item));
    for (const auto& item : from.at("stages")) {
        Stage stage;
        item.at("name").get_to(stage.name);
        for (const auto& instance : item.at("instances")) stage.instances.push_back(instance_from(instance));
        plan.stages.push_back(std::move(stage));
    }
    from.at("reasons").get_to(plan.reasons);
    from.at("warnings").get_to(plan.warnings);
    return plan;
}

// An index that points nowhere would be followed later, far from the file that holds it.
void check_references(const Plan& plan) {
    for (const auto& stage : plan.stages)
        for (const auto& instance : stage.instances)
            if (instance.placement >= plan.placements.size() || (instance.on_whole_machine && !plan.whole_machine))
                throw usage_error("plan: stage '{}' uses placement {}, but there are {}; make a new plan", stage.name,
                                  instance.placement, plan.placements.size());
}

}  // namespace

json to_json(const MachineSummary& machine) {
    json out{{"packages", machine.packages},
             {"numa_nodes", machine.numa_nodes},
             {"cores", machine.cores},
             {"pus", machine.pus},
             {"allowed_cpus", machine.allowed_cpus.str()},
             {"allowed_mems", machine.allowed_mems.str()},
             {"memory_bytes", machine.memory_bytes}};
    if (machine.cpu_quota > 0.0) out["cpu_quota"] = machine.cpu_quota;
    if (machine.memory_limit_bytes > 0) out["memory_limit_bytes"] = machine.memory_limit_bytes;
    return out;
}

json to_json(const Placement& placement) {
    return {{"index", placement.index},       {"cpus", placement.cpus.str()},
            {"mems", placement.mems.str()},   {"mem_policy", to_string(placement.mem_policy)},
            {"cores", placement.cores},       {"memory_bytes", placement.memory_bytes},
            {"packages", placement.packages}, {"numa_nodes", placement.numa_nodes}};
}

json to_json(const Plan& plan) {
    json out{{"format", format_name},
             {"version", format_version},
             {"machine", to_json(plan.machine)},
             {"placements", to_array(plan.placements)},
             {"reserved_cpus", plan.reserved_cpus.str()},
             {"parts", to_array(plan.parts)},
             {"stages", to_array(plan.stages)},
             {"reasons", plan.reasons},
             {"warnings", plan.warnings}};
    if (plan.whole_machine) out["whole_machine"] = to_json(*plan.whole_machine);
    return out;
}

Plan plan_from_json(const json& from) {
    if (!from.is_object() || from.value("format", json()) != format_name)
        throw usage_error("this is no plan: \"format\" is not \"{}\"", format_name);
    if (from.value("version", json()) != format_version)
        throw usage_error("plan: version {} is not {}, the one this hlaunch reads; make a new plan",
                          from.value("version", json()).dump(), format_version);
    try {
        auto plan = read(from);
        check_references(plan);
        return plan;
    } catch (const std::exception& error) {
        throw usage_error("plan: {}; make a new plan", error.what());
    }
}

}  // namespace hlaunch
