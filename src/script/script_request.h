// Which script is wanted: its kind, its nodes, and what it is to run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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

}  // namespace hlaunch
