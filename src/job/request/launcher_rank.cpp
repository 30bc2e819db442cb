#include "job/request/launcher_rank.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <vector>

#include "base/error.h"

namespace hlaunch {
namespace {

std::optional<unsigned> number(const Environment& environment, const char* name) {
    const auto text = environment.get(name);
    if (!text || text->empty()) return std::nullopt;
    unsigned out = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), out);
    if (error != std::errc{} || end != text->data() + text->size() || out > 10'000'000)
        throw usage_error("{}={} is no rank or count; unset it (a worker may be given --rank and --ranks instead)",
                          name, *text);
    return out;
}

std::string text(const Environment& environment, const char* name) {
    return environment.get(name).value_or("");
}

// "2(x3),1": tasks of each node in turn.
unsigned tasks_of_node(std::string_view list, unsigned node) {
    while (!list.empty()) {
        const auto item = list.substr(0, list.find(','));
        list.remove_prefix(std::min(list.size(), item.size() + 1));
        unsigned tasks = 0, times = 1;
        const auto [end, error] = std::from_chars(item.data(), item.data() + item.size(), tasks);
        const auto rest = std::string_view(end, item.data() + item.size());
        if (rest.starts_with("(x")) std::from_chars(rest.data() + 2, rest.data() + rest.size(), times);
        if (error != std::errc{} || times == 0) break;
        if (node < times) return tasks;
        node -= times;
    }
    return 1;
}

std::optional<WorkerRank> of_mpi(const Environment& environment) {
    const auto rank = number(environment, "OMPI_COMM_WORLD_RANK"), ranks = number(environment, "OMPI_COMM_WORLD_SIZE");
    if (rank && ranks) {
        auto job = text(environment, "PMIX_NAMESPACE");
        if (job.empty()) job = text(environment, "OMPI_MCA_ess_base_jobid");
        return WorkerRank{.rank = *rank,
                          .ranks = *ranks,
                          .local_rank = number(environment, "OMPI_COMM_WORLD_LOCAL_RANK").value_or(0),
                          .local_ranks = number(environment, "OMPI_COMM_WORLD_LOCAL_SIZE").value_or(1),
                          .job = "mpi-" + job,
                          .launcher = "mpirun"};
    }
    const auto pmi_rank = number(environment, "PMI_RANK"), pmi_size = number(environment, "PMI_SIZE");
    if (!pmi_rank || !pmi_size || environment.get("SLURM_PROCID")) return std::nullopt;
    return WorkerRank{.rank = *pmi_rank,
                      .ranks = *pmi_size,
                      .local_rank = number(environment, "MPI_LOCALRANKID").value_or(0),
                      .local_ranks = number(environment, "MPI_LOCALNRANKS").value_or(1),
                      .job = "mpi-" + text(environment, "PMI_JOBID"),
                      .launcher = "mpiexec"};
}

std::optional<WorkerRank> of_slurm(const Environment& environment) {
    const auto rank = number(environment, "SLURM_PROCID");
    if (!rank) return std::nullopt;
    const auto tasks = number(environment, "SLURM_STEP_NUM_TASKS");
    auto lists = text(environment, "SLURM_STEP_TASKS_PER_NODE");
    if (lists.empty()) lists = text(environment, "SLURM_TASKS_PER_NODE");
    WorkerRank out{.rank = *rank,
                   .ranks = tasks ? *tasks : number(environment, "SLURM_NTASKS").value_or(1),
                   .local_rank = number(environment, "SLURM_LOCALID").value_or(0),
                   .local_ranks = tasks_of_node(lists, number(environment, "SLURM_NODEID").value_or(0)),
                   .job = "slurm-" + text(environment, "SLURM_JOB_ID"),
                   .restarts = number(environment, "SLURM_RESTART_COUNT").value_or(0),
                   .launcher = "srun"};
    const auto element = number(environment, "SLURM_ARRAY_TASK_ID"),
               elements = number(environment, "SLURM_ARRAY_TASK_COUNT");
    if (!element || !elements) return out;
    const auto first = number(environment, "SLURM_ARRAY_TASK_MIN").value_or(0),
               step = std::max(1U, number(environment, "SLURM_ARRAY_TASK_STEP").value_or(1));
    const auto place_of = [&](unsigned task) { return (std::max(task, first) - first) / step; };
    // Of elements that are submitted again ("3,5,9") some places are nobody's: what is theirs the others take.
    const auto last = place_of(std::max(*element, number(environment, "SLURM_ARRAY_TASK_MAX").value_or(0)));
    out.rank += place_of(*element) * out.ranks;
    out.ranks *= std::max(*elements, last + 1);
    out.job = "slurm-" + text(environment, "SLURM_ARRAY_JOB_ID");
    out.launcher = "an array of sbatch";
    return out;
}

std::optional<WorkerRank> of_pbs(const Environment& environment) {
    const auto element = number(environment, "PBS_ARRAY_INDEX");
    if (!element) return std::nullopt;
    const auto count = number(environment, "HLAUNCH_ARRAY_COUNT").value_or(*element + 1);  // PBS does not tell
    return WorkerRank{.rank = *element,
                      .ranks = count,
                      .local_rank = 0,
                      .local_ranks = 1,
                      .job = "pbs-" + text(environment, "PBS_ARRAY_ID"),
                      .launcher = "an array of PBS"};
}

}  // namespace

std::optional<WorkerRank> rank_of(const Environment& environment) {
    auto out = of_mpi(environment);
    if (!out) out = of_slurm(environment);
    if (!out) out = of_pbs(environment);
    if (out)
        std::replace_if(
            out->job.begin(), out->job.end(),
            [](unsigned char c) { return std::isalnum(c) == 0 && c != '-' && c != '_' && c != '.' && c != '@'; }, '-');
    if (out && (out->ranks == 0 || out->rank >= out->ranks || out->local_rank >= std::max(1U, out->local_ranks)))
        throw usage_error(
            "the launcher ({}) tells rank {} of {}; unset its variables (a worker may be given --rank and --ranks "
            "instead)",
            out->launcher, out->rank, out->ranks);
    return out;
}

}  // namespace hlaunch
