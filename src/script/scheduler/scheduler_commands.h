// The commands of Slurm or PBS, each with a limit of time: a controller that does not answer holds nobody up, and what
// it did not say is told as not known.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "os/process/environment.h"
#include "script/scheduler/job_answers.h"

namespace hlaunch {

// Whether a scheduler runs us: its signals then reach each process of the job.
[[nodiscard]] bool is_in_job(const Environment& environment);

class Scheduler {
  public:
    // kind: slurm | pbs. What overrules a script's directives is taken out of `environment` before. Its
    // HLAUNCH_SCHEDULER_DEADLINE ("60s") is the limit. Throws usage Error where that is no duration.
    Scheduler(std::string kind, Environment environment);

    [[nodiscard]] const std::string& kind() const { return kind_; }
    [[nodiscard]] std::string submit_command() const { return is_slurm() ? "sbatch" : "qsub"; }
    // Throws infrastructure where its commands are not in PATH.
    void require_commands() const;

    // Throws usage Error with the scheduler's words where it would refuse the script.
    void validate(const std::string& script) const;
    struct Taken {
        enum class Kind { taken, refused, unknown } kind = Kind::unknown;
        JobId id;
        std::string words;  // unknown, refused: what was said
    };
    [[nodiscard]] Taken hand_over(const std::string& script, const std::string& after) const;
    // For so long a controller may still take what it was given and did not answer.
    [[nodiscard]] double settling_s() const;
    [[nodiscard]] JobAnswer ask(const JobId& id) const;
    // The queued jobs of the caller that run this script, by number. Nothing: it cannot be told.
    [[nodiscard]] std::optional<std::vector<std::string>> find(const std::string& script) const;
    // Nothing: asked to end it. Else why not.
    [[nodiscard]] std::optional<std::string> cancel(const JobId& id) const;

  private:
    [[nodiscard]] bool is_slurm() const { return kind_ == "slurm"; }
    [[nodiscard]] CommandAnswer run(const std::vector<std::string>& argv) const;
    [[nodiscard]] std::vector<std::string> of_cluster(std::string command, const JobId& id) const;

    std::string kind_;
    Environment environment_;
    Clock::Duration limit_;
};

}  // namespace hlaunch
