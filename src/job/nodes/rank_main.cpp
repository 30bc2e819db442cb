#include "job/nodes/rank_main.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <vector>

#include "base/error.h"
#include "job/analysis/analysis.h"
#include "job/nodes/desk_client.h"
#include "job/nodes/worker.h"
#include "job/session/interrupts.h"
#include "os/files/file.h"
#include "os/host/host.h"
#include "os/spawn/blocked_signals.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

// What makes a process a rank: not for what it starts itself.
constexpr std::array rank_variables{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_SIZE",
                                    "SLURM_PROCID",         "SLURM_STEP_NUM_TASKS"};

// mpirun binds each rank to a core unless it is told not to, and that is all its instances then have.
void warn_of_binding(const WorkerRank& rank, const Machine& machine) {
    const auto summary = summarize(machine);
    // A CPU quota that pays for one is no binding.
    if (rank.rank != 0 || rank.local_ranks != 1 || summary.cores > 1 || !machine.unpaid_cpus.empty()) return;
    fmt::print(stderr,
               "hlaunch: warning: {} has bound this rank to CPU {}; to have the whole node, give mpirun --bind-to none "
               "--map-by ppr:1:node\n",
               rank.launcher, summary.allowed_cpus.str());
}

int draw_and_merge(const WorkerRank& rank, const JobOptions& options, const WorkerDesk* desk, const Machine& machine,
                   const Environment& environment) {
    auto own = options;
    own.reporting.quiet = options.reporting.quiet || rank.rank != 0;  // their errors are told all the same
    if (const int code = run_worker(rank, {.stagger_s = 0.0, .stay = true}, own, machine, environment, desk); code != 0)
        return code;
    if (rank.rank != 0) return static_cast<int>(ExitCode::ok);
    if (desk != nullptr) {
        const BlockedSignals signals;
        static_cast<void>(desk->client.await_rest([&] { check(signals); }));
    }
    return run_analysis(own, machine, environment, {.steps = Steps::merge});
}

// How it ends the desk is told; errors name rank and host.
int do_as_rank(const WorkerRank& rank, const Environment& environment,
               const std::function<int(DeskClient*, const Environment&)>& work) {
    const auto desk = DeskClient::of(environment);
    auto own = environment;
    for (const auto* name : rank_variables) own.unset(name);
    for (const auto* name : {"HLAUNCH_DESK", "HLAUNCH_RANK"}) own.unset(name);
    try {
        const int code = work(desk.get(), own);
        if (desk) desk->leave(code);
        return code;
    } catch (const Error& error) {
        if (desk) desk->leave(static_cast<int>(error.code()), {{"why", error.what()}});
        // Many write to the one standard error.
        throw Error(error.code(), fmt::format("rank {} on {}: {}", rank.rank, read_host_identity().name, error.what()));
    }
}

DeskClient& need_desk(DeskClient* desk) {
    if (desk == nullptr)
        throw usage_error(
            "this over several ranks needs hlaunch-mpi beside hlaunch (it is built where MPI is found), and ranks that "
            "MPI "
            "can connect (mpirun, or srun --mpi=pmix)");
    return *desk;
}

}  // namespace

std::optional<WorkerRank> shared_rank(const Environment& environment) {
    auto rank = rank_of(environment);
    if (!rank || rank->ranks < 2 || rank->launcher.starts_with("an array")) return std::nullopt;
    // In the script of a job itself SLURM_PROCID is 0 and SLURM_NTASKS the whole allocation: no step has been started.
    if (rank->launcher == "srun" && !environment.get("SLURM_STEP_NUM_TASKS")) return std::nullopt;
    return rank;
}

void hand_over_to_mpi(const WorkerRank& rank, const Environment& environment) {
    const bool done = environment.get("HLAUNCH_DESK").has_value();
    // srun without --mpi=pmix starts processes that MPI cannot connect.
    const bool can = rank.launcher.starts_with("mpi") || environment.get("PMIX_RANK");
    const auto program = (fs::read_symlink("/proc/self/exe").parent_path() / "hlaunch-mpi").native();
    if (done || !can || ::access(program.c_str(), X_OK) != 0) return;
    auto words = read_text("/proc/self/cmdline");
    std::vector<char*> argv;
    for (std::size_t at = 0; at < words.size(); at = words.find('\0', at) + 1) argv.push_back(&words[at]);
    argv.push_back(nullptr);
    ::setenv("HLAUNCH_RANK", fmt::format("{} of {}", rank.rank, rank.ranks).c_str(), 1);  // what MPI must say, too
    ::execv(program.c_str(), argv.data());
    throw infrastructure_error(
        "starting {} failed: {}; install it anew, or remove it: ranks then share the work "
        "through their folder",
        program, std::strerror(errno));
}

int do_alone_or_as_rank(Reporting& reporting, const Environment& environment,
                        const std::function<int(const Environment&, const RankDesk*)>& work) {
    const auto rank = shared_rank(environment);
    if (!rank) return work(environment, nullptr);
    hand_over_to_mpi(*rank, environment);
    reporting.quiet = reporting.quiet || rank->rank > 0;  // rank 0 tells how it goes
    return do_as_rank(*rank, environment, [&](DeskClient* desk, const Environment& own) {
        const RankDesk as{need_desk(desk), *rank};
        return work(own, &as);
    });
}

int run_as_rank(const WorkerRank& rank, const JobOptions& options, bool shared_folder, const Machine& machine,
                const Environment& environment) {
    if (!options.reporting.quiet) warn_of_binding(rank, machine);
    return do_as_rank(rank, environment, [&](DeskClient* client, const Environment& own) {
        if (!shared_folder) static_cast<void>(need_desk(client));
        std::optional<WorkerDesk> desk;
        if (client != nullptr) desk.emplace(WorkerDesk{*client, shared_folder});
        return draw_and_merge(rank, options, desk ? &*desk : nullptr, machine, own);
    });
}

}  // namespace hlaunch
