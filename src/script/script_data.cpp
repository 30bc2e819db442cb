#include "script/script_data.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/text/quantity.h"
#include "script/directives.h"
#include "script/scheduler/inherited_variables.h"

namespace hlaunch {
namespace {

std::string source_of(const SiteSettings& site, const std::string& key) {
    const auto found = site.sources.find(key);
    return found == site.sources.end() ? "default" : found->second;
}

}  // namespace

NodeNeeds node_needs(const Plan& plan, bool whole) {
    NodeNeeds out;
    if (whole) {
        out.cpus = std::max(1U, static_cast<unsigned>(plan.machine.pus));
        out.cpus_source = "all PUs of the node";
    } else {
        out.cpus = 0;
        for (const auto& placement : plan.placements) out.cpus += static_cast<unsigned>(placement.cpus.size());
        out.cpus_source =
            fmt::format("PUs of {} placement{}", plan.placements.size(), plan.placements.size() == 1 ? "" : "s");
    }
    std::uint64_t sum = 0;
    for (const auto& part : plan.parts) sum += part.memory_bytes;
    if (sum == 0) {
        out.memory_source = "no forecast";
        return out;
    }
    out.memory_bytes = (sum + 512 * mib + mib - 1) / mib * mib;
    out.memory_source =
        fmt::format("forecast of {} instance{} and half a GiB", plan.parts.size(), plan.parts.size() == 1 ? "" : "s");
    return out;
}

NodeNeeds whole_node_needs(ScriptKind kind, const SiteSettings& site) {
    NodeNeeds out;
    out.sized = false;
    out.sized_for = "whole nodes, of whatever size the job finds";
    out.cpus = 0;
    out.cpus_source = out.memory_source = "whole nodes";
    if (kind == ScriptKind::mpi) {  // which nodes there are is mpirun's to know
        out.sized_for = "the nodes that mpirun finds, whatever their size";
        return out;
    }
    const std::string remedy =
        "--topology FILE (lstopo FILE.xml on such a node, or a text as in 'pack:2 [numa(memory=64GB)] core:16 pu:2'; "
        "site.topology for good), or --node this where the nodes are like this machine";
    if (kind == ScriptKind::pbs) throw usage_error("PBS must be told how large a node is: give {}", remedy);
    if (!site.exclusive && site.sources.contains("exclusive"))
        throw usage_error(
            "{}: site.exclusive = false: a part of a node needs the node's size: give --node NAME (asked of scontrol), "
            "{}",
            site.sources.at("exclusive"), remedy);
    if (site.memory == MemoryStyle::mem_per_cpu)
        throw usage_error(
            "{}: site.memory = mem-per-cpu needs the node's size: give --node NAME (asked of scontrol), {}",
            site.sources.at("memory"), remedy);
    return out;
}

std::vector<ScriptVariable> script_variables(const ScriptRequest& request, const NodeNeeds& needs,
                                             const SiteSettings& site) {
    std::vector<ScriptVariable> out;
    const auto add = [&](const char* name, nlohmann::json value, std::string source) {
        out.push_back({name, std::move(value), std::move(source)});
    };
    const bool one_node = request.kind == ScriptKind::slurm_array || request.kind == ScriptKind::slurm_merge;
    const unsigned nodes = one_node ? 1 : request.nodes;
    add("version", request.version, "hlaunch");
    add("kind", to_string(request.kind), "command line");
    add("job_name", site.job_name, source_of(site, "job_name"));
    add("nodes", nodes, "command line");
    add("tasks_per_node", 1, "a worker a node");
    add("tasks", nodes, "a worker a node");
    add("sized", needs.sized, needs.sized_for);
    add("sized_for", needs.sized_for, "--node, --topology, site.topology, or none of them");
    add("cpus_per_task", needs.cpus, needs.cpus_source);
    add("memory_mib", needs.memory_bytes / mib, needs.memory_source);
    add("walltime", slurm_time(site.walltime_s), source_of(site, "walltime"));
    const auto directives = directives_of(request, needs, site);
    add("directives", directives, "account, partition, walltime ... and the node's needs");
    add("foreign", foreign_step_variables(directives), "variables that srun reads and no directive asks for");
    add("lead_s", site.lead_s, source_of(site, "lead_s"));
    add("requeue", site.requeue, source_of(site, "requeue"));
    add("stagger", site.stagger_s > 0, source_of(site, "stagger_s"));
    add("stagger_s", site.stagger_s, source_of(site, "stagger_s"));
    add("modules", site.modules, source_of(site, "modules"));
    add("has_site_code", !site.prologue.empty() || !site.modules.empty(), "prologue and modules");
    add("has_prologue", !site.prologue.empty(), source_of(site, "prologue"));
    add("prologue", site.prologue, source_of(site, "prologue"));
    auto environment = nlohmann::json::array();
    for (const auto& [name, value] : site.environment) environment.push_back({{"name", name}, {"value", value}});
    add("environment", environment, environment.empty() ? "default" : "environment of the site");
    add("launcher_arguments", site.launcher_arguments, source_of(site, "launcher_arguments"));
    add("has_hostfile", !request.hostfile.empty(), "command line");
    add("hostfile", request.hostfile, "command line");
    add("own_log", !log_fits(request), "where a directive cannot carry the folder's name");
    add("folder", request.folder, "where hlaunch script was called");
    add("output", request.output, "command line");
    add("hlaunch", request.hlaunch, "this very program");
    add("analysis", request.analysis, "command line");
    return out;
}

nlohmann::json script_context(const std::vector<ScriptVariable>& variables) {
    auto out = nlohmann::json::object();
    for (const auto& variable : variables) out[variable.name] = variable.value;
    return out;
}

}  // namespace hlaunch
