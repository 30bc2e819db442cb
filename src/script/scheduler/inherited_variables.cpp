#include "script/scheduler/inherited_variables.h"

#include <algorithm>
#include <set>

namespace hlaunch {
namespace {

struct Input {
    std::string_view variable;
    std::vector<std::string_view> options;  // of a directive that says the same; none: it is never wanted
};

// sbatch(1), "INPUT ENVIRONMENT VARIABLES".
const std::vector<Input>& inputs_of_sbatch() {
    static const std::vector<Input> inputs{
        {"SBATCH_ACCOUNT", {"--account", "-A"}},
        {"SBATCH_ARRAY_INX", {}},
        {"SBATCH_CLUSTERS", {"--clusters", "-M"}},
        {"SLURM_CLUSTERS", {"--clusters", "-M"}},
        {"SBATCH_CONSTRAINT", {"--constraint", "-C"}},
        {"SBATCH_CORE_SPEC", {"--core-spec", "-S", "--thread-spec"}},
        {"SBATCH_DISTRIBUTION", {"--distribution", "-m"}},
        {"SBATCH_ERROR", {"--error", "-e"}},
        {"SBATCH_EXCLUSIVE", {"--exclusive"}},
        {"SBATCH_EXPORT", {"--export"}},
        {"SBATCH_GPUS", {"--gpus", "-G"}},
        {"SBATCH_GRES", {"--gres"}},
        {"SBATCH_HINT", {"--hint"}},
        {"SBATCH_JOB_NAME", {"--job-name", "-J"}},
        {"SBATCH_MEM_PER_CPU", {"--mem", "--mem-per-cpu", "--mem-per-gpu"}},
        {"SBATCH_MEM_PER_GPU", {"--mem", "--mem-per-cpu", "--mem-per-gpu"}},
        {"SBATCH_MEM_PER_NODE", {"--mem", "--mem-per-cpu", "--mem-per-gpu"}},
        {"SBATCH_NO_REQUEUE", {"--requeue", "--no-requeue"}},
        {"SBATCH_OPEN_MODE", {"--open-mode"}},
        {"SBATCH_OUTPUT", {"--output", "-o"}},
        {"SBATCH_OVERCOMMIT", {}},
        {"SBATCH_PARTITION", {"--partition", "-p"}},
        {"SBATCH_QOS", {"--qos", "-q"}},
        {"SBATCH_REQUEUE", {"--requeue", "--no-requeue"}},
        {"SBATCH_RESERVATION", {"--reservation"}},
        {"SBATCH_SIGNAL", {"--signal"}},
        {"SBATCH_THREADS_PER_CORE", {"--threads-per-core"}},
        {"SBATCH_TIMELIMIT", {"--time", "-t"}},
        {"SBATCH_WAIT", {}},
        {"SBATCH_WCKEY", {"--wckey"}},
    };
    return inputs;
}

// srun(1), of the same name, as far as they change what a step gets. Slurm sets them in a job where a directive asks
// for it. What the step gets without them is the job's.
const std::vector<Input>& inputs_of_srun() {
    static const std::vector<Input> inputs{
        {"SLURM_CPU_BIND", {}},
        {"SLURM_CPU_FREQ_REQ", {"--cpu-freq"}},
        {"SLURM_DISTRIBUTION", {"--distribution", "-m"}},
        {"SLURM_EXACT", {}},
        {"SLURM_EXCLUSIVE", {}},
        {"SLURM_GRES", {"--gres"}},
        {"SLURM_HINT", {"--hint"}},
        {"SLURM_MEM_BIND", {}},
        {"SLURM_MEM_PER_CPU", {"--mem-per-cpu"}},
        {"SLURM_MEM_PER_GPU", {"--mem-per-gpu"}},
        {"SLURM_MEM_PER_NODE", {"--mem"}},
        {"SLURM_NTASKS_PER_CORE", {"--ntasks-per-core"}},
        {"SLURM_NTASKS_PER_GPU", {"--ntasks-per-gpu"}},
        {"SLURM_NTASKS_PER_SOCKET", {"--ntasks-per-socket"}},
        {"SLURM_OVERCOMMIT", {"--overcommit", "-O"}},
        {"SLURM_OVERLAP", {}},
        {"SLURM_RELATIVE", {}},
        {"SLURM_THREADS_PER_CORE", {"--threads-per-core"}},
        {"SLURM_TIMELIMIT", {}},
    };
    return inputs;
}

using Options = std::set<std::string, std::less<>>;

bool asks_for(const Options& options, const Input& input) {
    return std::any_of(input.options.begin(), input.options.end(), [&](auto one) { return options.contains(one); });
}

// "--time=90" and "-t 90" both ask for the time.
std::string option_of(std::string_view word) {
    return std::string(word.substr(0, std::min(word.find_first_of("= \t"), word.size())));
}

Options options_of_script(std::string_view script) {
    constexpr std::string_view mark = "#SBATCH ";
    Options out;
    while (!script.empty()) {
        const auto end = std::min(script.find('\n'), script.size());
        const auto line = script.substr(0, end);
        script.remove_prefix(std::min(end + 1, script.size()));
        if (line.starts_with(mark))
            out.insert(option_of(line.substr(mark.size())));
        else if (!line.starts_with("#") && !line.empty())
            break;  // sbatch reads on to the first command alone
    }
    return out;
}

}  // namespace

std::vector<std::string> overruling_variables(std::string_view script, const Environment& environment) {
    // qsub takes its directives from lines that begin with it.
    if (script.find("\n#PBS ") != std::string_view::npos)
        return environment.get("PBS_DPREFIX").value_or("#PBS") == "#PBS" ? std::vector<std::string>()
                                                                         : std::vector<std::string>{"PBS_DPREFIX"};
    const auto options = options_of_script(script);
    std::vector<std::string> out;
    for (const auto& input : inputs_of_sbatch())
        if (environment.get(input.variable) && (input.options.empty() || asks_for(options, input)))
            out.emplace_back(input.variable);
    return out;
}

std::vector<std::string> foreign_step_variables(const std::vector<std::vector<std::string>>& directives) {
    Options options;
    for (const auto& words : directives)
        if (!words.empty()) options.insert(option_of(words.front()));
    std::vector<std::string> out;
    for (const auto& input : inputs_of_srun())
        if (!asks_for(options, input)) out.emplace_back(input.variable);
    return out;
}

}  // namespace hlaunch
