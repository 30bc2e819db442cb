// What a template may say: every variable with its value and where it came from. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "script/site.h"

namespace hlaunch {

enum class ScriptKind { slurm, slurm_array, slurm_merge, pbs, mpi };
[[nodiscard]] const std::vector<std::string>& script_kinds();  // "slurm", "slurm-array" ..., in the order of the enum
[[nodiscard]] std::string to_string(ScriptKind kind);
// Throws usage Error naming the kinds, and the nearest.
[[nodiscard]] ScriptKind parse_script_kind(const std::string& name);

// What one node is asked for.
struct NodeNeeds {
    bool sized = true;               // false: no node is known, whole ones of whatever size are taken
    std::string sized_for;           // for people: which node this is for
    unsigned cpus = 1;               // PUs, which are what Slurm and PBS count; 0 where not sized
    std::uint64_t memory_bytes = 0;  // 0: not known
    std::string cpus_source, memory_source;
};
// whole: all that the node's machine has; else what the plan's placements take. Memory: the larger of NLSQ's and all
// instances' forecasts, and half a GiB.
[[nodiscard]] NodeNeeds node_needs(const Plan& plan, bool whole);
// Of no node in particular. Throws usage Error, with the remedy, for a scheduler that must be told a size, and for a
// site whose settings rule whole nodes out.
[[nodiscard]] NodeNeeds whole_node_needs(ScriptKind kind, const SiteSettings& site);

struct ScriptRequest {
    ScriptKind kind = ScriptKind::slurm;
    unsigned nodes = 1;
    std::optional<unsigned> array_limit;
    std::string hostfile;               // of mpirun; empty: what mpirun finds
    std::string version, hlaunch;       // the program, absolute
    std::string folder;                 // where the user is
    std::string output;                 // the run folder, absolute
    std::vector<std::string> analysis;  // options that worker and run take alike
};

struct ScriptVariable {
    std::string name;
    nlohmann::json value;
    std::string source;
};

// Throws usage Error where a directive cannot carry what it must.
[[nodiscard]] std::vector<ScriptVariable> script_variables(const ScriptRequest& request, const NodeNeeds& needs,
                                                           const SiteSettings& site);
[[nodiscard]] nlohmann::json script_context(const std::vector<ScriptVariable>& variables);

}  // namespace hlaunch
