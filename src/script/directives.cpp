#include "script/directives.h"

#include <fmt/format.h>

#include "base/text/quantity.h"

namespace hlaunch {
namespace {

// A log a job (and start: --open-mode=append), in the run folder where its name fits into a directive.
std::string slurm_log(const ScriptRequest& request) {
    if (!log_fits(request)) return {};
    const char* name = request.kind == ScriptKind::slurm_array ? "slurm-%A_%a.log" : "slurm-%j.log";
    return request.output + "/" + name;
}

std::vector<Directive> slurm(const ScriptRequest& request, const NodeNeeds& needs, const SiteSettings& site) {
    const bool merge = request.kind == ScriptKind::slurm_merge, array = request.kind == ScriptKind::slurm_array;
    std::vector<Directive> out;
    const auto add = [&](std::string text) { out.push_back({std::move(text)}); };
    add("--job-name=" + site.job_name);
    if (!site.account.empty()) add("--account=" + site.account);
    if (!site.partition.empty()) add("--partition=" + site.partition);
    if (!site.qos.empty()) add("--qos=" + site.qos);
    if (!site.constraint.empty()) add("--constraint=" + site.constraint);
    add("--time=" + slurm_time(site.walltime_s));
    add(fmt::format("--nodes={}", merge || array ? 1 : request.nodes));
    add("--ntasks-per-node=1");
    if (needs.sized) add(fmt::format("--cpus-per-task={}", needs.cpus));
    if (array) {
        const auto limit = request.array_limit ? fmt::format("%{}", *request.array_limit) : "";
        add(fmt::format("--array=0-{}{}", request.nodes - 1, limit));
    }
    const bool whole = !needs.sized || (site.exclusive && !merge);
    if (whole) add("--exclusive");
    const auto memory = (needs.memory_bytes + mib - 1) / mib;
    if (site.memory == MemoryStyle::mem && whole) add("--mem=0");
    if (site.memory == MemoryStyle::mem && !whole && memory > 0) add(fmt::format("--mem={}M", memory));
    if (site.memory == MemoryStyle::mem_per_cpu && memory > 0 && needs.cpus > 0)
        add(fmt::format("--mem-per-cpu={}M", (memory + needs.cpus - 1) / needs.cpus));
    // To the step's tasks; of an array, which has none, to the shell (B:).
    if (!merge) add(fmt::format("--signal={}USR1@{}", array ? "B:" : "", site.lead_s));
    add(site.requeue ? "--requeue" : "--no-requeue");
    if (const auto log = slurm_log(request); !log.empty()) add("--output=" + log);
    add("--open-mode=append");
    out.insert(out.end(), site.directives.begin(), site.directives.end());
    return out;
}

std::vector<Directive> pbs(const ScriptRequest& request, const NodeNeeds& needs, const SiteSettings& site) {
    std::vector<Directive> out;
    out.push_back({"-N", site.job_name});
    if (!site.account.empty()) out.push_back({"-A", site.account});
    if (!site.partition.empty()) out.push_back({"-q", site.partition});
    auto select = fmt::format("select={}:ncpus={}:mpiprocs=1", request.nodes, needs.cpus);
    const auto memory = (needs.memory_bytes + mib - 1) / mib;
    if (site.memory != MemoryStyle::none && memory > 0) select += fmt::format(":mem={}mb", memory);
    out.push_back({"-l", select});
    out.push_back({"-l", site.exclusive ? "place=scatter:excl" : "place=scatter"});
    out.push_back({"-l", "walltime=" + pbs_time(site.walltime_s)});
    out.push_back({"-r", site.requeue ? "y" : "n"});
    out.push_back({"-j", "oe"});
    if (log_fits(request)) out.push_back({"-o", request.output + "/"});
    out.insert(out.end(), site.directives.begin(), site.directives.end());
    return out;
}

}  // namespace

bool log_fits(const ScriptRequest& request) {
    if (request.kind == ScriptKind::mpi) return true;
    // Slurm replaces %j and the like, and takes a backslash away; PBS reads host:path, ^array_index^ and %.
    const std::string_view special = request.kind == ScriptKind::pbs ? ":^%,\\@" : "%\\";
    return !why_no_directive(request.output) && request.output.find_first_of(special) == std::string::npos;
}

std::vector<Directive> directives_of(const ScriptRequest& request, const NodeNeeds& needs, const SiteSettings& site) {
    if (request.kind == ScriptKind::mpi) return {};
    return request.kind == ScriptKind::pbs ? pbs(request, needs, site) : slurm(request, needs, site);
}

}  // namespace hlaunch
