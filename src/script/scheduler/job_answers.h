// What a scheduler's commands answer about jobs, read among whatever a site prints besides (banners, headings). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hlaunch {

struct JobId {
    std::string number;   // "1234", "1234[].server"
    std::string cluster;  // of Slurm with several clusters; else empty
};
// What commands take as an id or a cluster's name, and nothing that could be an option.
[[nodiscard]] bool is_job_id(std::string_view text);
[[nodiscard]] bool is_cluster_name(std::string_view text);

// Of sbatch --parsable: the last line "1234" or "1234;cluster"; a wrapper that drops --parsable says "Submitted batch
// job 1234 on cluster x". Of qsub: the last line that is an id alone. Nothing where no line is.
[[nodiscard]] std::optional<JobId> id_from_sbatch(std::string_view out);
[[nodiscard]] std::optional<JobId> id_from_qsub(std::string_view out);

// "Cannot tell" is not "gone": what was asked may still be there.
enum class JobStanding { queued, gone, unknown };
struct JobAnswer {
    JobStanding standing = JobStanding::unknown;
    std::string words;   // queued: "RUNNING", "PENDING (Priority)"; unknown: what was said instead of an answer
    std::string script;  // what the job runs, where that is told
};

struct CommandAnswer {
    int exit_code = 0;
    std::string out, err;
};

// What it said, on one line: its errors, else its output; never empty.
[[nodiscard]] std::string words_of(const CommandAnswer& answer);

// squeue is asked with this format; each line is a job, or an element of an array.
inline constexpr std::string_view squeue_format = "%A|%F|%T|%r|%o";
[[nodiscard]] JobAnswer read_squeue(const CommandAnswer& answer, const std::string& number);
// The jobs of the caller that run this script, for a submission that was told no id. Nothing: squeue gave no answer.
[[nodiscard]] std::optional<std::vector<std::string>> jobs_of_script(const CommandAnswer& squeue,
                                                                     const std::string& script);
// The same of `qstat -f`: PBS Pro tells Submit_arguments, Torque submit_args; long lines go on behind a tab.
[[nodiscard]] std::optional<std::vector<std::string>> pbs_jobs_of_script(const CommandAnswer& qstat,
                                                                         const std::string& script);
// Of `scontrol show job NUMBER`, where squeue said nothing that can be read.
[[nodiscard]] JobAnswer read_scontrol_job(const CommandAnswer& answer, const std::string& number);
// Of `qstat ID`: PBS Pro ends with 153 for an unknown job, with 35 for one in its history; Torque lists ended ones.
[[nodiscard]] JobAnswer read_qstat(const CommandAnswer& answer, const std::string& number);
// Whether scancel or qdel said that there is no such job (any more).
[[nodiscard]] bool says_job_is_gone(const CommandAnswer& answer);
// Whether the scheduler's refusal of a script is its answer, not that of a line or a daemon in between: then nothing
// was taken. A time-out is none: the job may well be there.
[[nodiscard]] bool is_refusal(const CommandAnswer& answer);

}  // namespace hlaunch
