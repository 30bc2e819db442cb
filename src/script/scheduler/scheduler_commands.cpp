#include "script/scheduler/scheduler_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text/printable.h"
#include "base/text/quantity.h"
#include "base/text/shell_quote.h"
#include "os/spawn/child.h"
#include "os/spawn/command_output.h"

namespace hlaunch {
namespace {

constexpr int no_answer = 255;
constexpr const char* limit_variable = "HLAUNCH_SCHEDULER_DEADLINE";

}  // namespace

bool is_in_job(const Environment& environment) {
    constexpr std::array names{"SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "FLUX_JOB_ID"};
    return std::any_of(names.begin(), names.end(), [&](const char* name) { return environment.get(name).has_value(); });
}

Scheduler::Scheduler(std::string kind, Environment environment)
    : kind_(std::move(kind)), environment_(std::move(environment)) {
    const auto text = environment_.get(limit_variable).value_or("");
    try {
        limit_ = duration_of(text.empty() ? 60.0 : parse_duration(text));
    } catch (const Error& error) {
        throw usage_error("{}: {}", limit_variable, error.what());
    }
}

void Scheduler::require_commands() const {
    if (!find_program(submit_command(), environment_.get("PATH").value_or("")))
        throw infrastructure_error("{} is not in PATH; submit where the scheduler's commands are, as on a login node",
                                   submit_command());
}

// A command that is not there or did not answer in time is no answer.
CommandAnswer Scheduler::run(const std::vector<std::string>& argv) const try {
    auto output = run_and_read(argv, environment_, limit_);
    if (output.timed_out)
        return {no_answer, std::move(output.out),
                fmt::format("{} timed out: no answer within {}", argv.front(),
                            format_duration(std::chrono::duration<double>(limit_).count()))};
    return {output.status.shell_code(), std::move(output.out), std::move(output.err)};
} catch (const Error& error) {
    return {no_answer, "", error.what()};
}

std::vector<std::string> Scheduler::of_cluster(std::string command, const JobId& id) const {
    std::vector<std::string> out{std::move(command)};
    if (is_slurm() && !id.cluster.empty()) out.push_back("--clusters=" + id.cluster);
    return out;
}

void Scheduler::validate(const std::string& script) const {
    if (!is_slurm()) return;
    const auto answer = run({"sbatch", "--test-only", script});
    if (answer.exit_code == 0) return;
    if (is_refusal(answer)) throw usage_error("sbatch --test-only refuses {}: {}", script, printable(words_of(answer)));
    throw infrastructure_error("sbatch --test-only did not answer: {}; nothing was handed over",
                               printable(words_of(answer)));
}

double Scheduler::settling_s() const {
    return 2.0 * std::chrono::duration<double>(limit_).count();
}

Scheduler::Taken Scheduler::hand_over(const std::string& script, const std::string& after) const {
    std::vector<std::string> argv{submit_command()};
    if (is_slurm()) argv.emplace_back("--parsable");
    if (!after.empty()) argv.push_back("--dependency=afterany:" + after);
    argv.push_back(script);
    const auto answer = run(argv);
    // An id counts whatever the exit code is: the job is there.
    if (auto id = is_slurm() ? id_from_sbatch(answer.out) : id_from_qsub(answer.out))
        return {Taken::Kind::taken, std::move(*id), ""};
    const bool refused = answer.exit_code != 0 && is_refusal(answer);
    return {refused ? Taken::Kind::refused : Taken::Kind::unknown, {}, printable(words_of(answer))};
}

JobAnswer Scheduler::ask(const JobId& id) const {
    if (!is_slurm()) return read_qstat(run({"qstat", id.number}), id.number);
    auto argv = of_cluster("squeue", id);
    for (const auto& option :
         {std::string("--noheader"), "--jobs=" + id.number, fmt::format("--format={}", squeue_format)})
        argv.push_back(option);
    const auto squeue = run(argv);
    auto answer = read_squeue(squeue, id.number);
    if (answer.standing != JobStanding::unknown || squeue.exit_code == no_answer) return answer;
    argv = of_cluster("scontrol", id);
    argv.insert(argv.end(), {"show", "job", id.number});
    const auto second = read_scontrol_job(run(argv), id.number);
    if (second.standing != JobStanding::unknown) return second;
    return answer;
}

std::optional<std::vector<std::string>> Scheduler::find(const std::string& script) const {
    if (!is_slurm()) return pbs_jobs_of_script(run({"qstat", "-f"}), script);
    return jobs_of_script(run({"squeue", "--me", "--noheader", fmt::format("--format={}", squeue_format)}), script);
}

std::optional<std::string> Scheduler::cancel(const JobId& id) const {
    auto argv = of_cluster(is_slurm() ? "scancel" : "qdel", id);
    argv.push_back(id.number);
    const auto answer = run(argv);
    if (answer.exit_code == 0 || says_job_is_gone(answer)) return std::nullopt;
    return fmt::format("{} {}: {}", argv.front(), id.number, printable(words_of(answer)));
}

}  // namespace hlaunch
