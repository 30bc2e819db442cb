#include "script/scheduler/submission.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "base/clock.h"
#include "base/error.h"
#include "base/json_fields.h"
#include "base/text/printable.h"
#include "os/files/exclusive_file.h"
#include "os/files/file.h"
#include "os/files/trust.h"
#include "os/files/untrusted_file.h"
#include "run/journal/journal_lock.h"

namespace hlaunch {
namespace {

constexpr std::uint64_t most_bytes = 1U << 20U;

std::string file_of(const RunFolder& run) {
    return run.root + "/submit.json";
}

// Whose ids are cancelled is the user's word alone, also in a folder of a group.
void write(const RunFolder& run, const Submission& submission) {
    using std::filesystem::perms;
    write_atomically(file_of(run), to_json(submission).dump(1) + "\n");
    std::filesystem::permissions(file_of(run), perms::group_write | perms::others_write,
                                 std::filesystem::perm_options::remove);
}

std::string name_of(const SubmittedJob& job) {
    return job.id.number.empty() ? fmt::format("the {} job that was being handed over", printable(job.role))
                                 : fmt::format("job {} ({})", job.id.number, printable(job.role));
}

[[noreturn]] void cannot_tell(const RunFolder& run, const Submission& submission, const SubmittedJob& job,
                              const std::string& words) {
    throw infrastructure_error(
        "whether {} of this run is still there cannot be told: {}; try again when the scheduler answers, or, where {} "
        "shows that it is gone, remove {}",
        name_of(job), words, submission.scheduler == "slurm" ? "squeue --me" : "qstat", printable(file_of(run)));
}

// Written down first, with no id: should we die, or the answer be lost, the next one knows that something may be there.
void hand_over(const RunFolder& run, const Scheduler& scheduler, Submission& submission, SubmittedJob job,
               std::string after) {
    const auto script = job.script;
    submission.jobs.push_back(std::move(job));
    write(run, submission);
    const auto taken = scheduler.hand_over(script, after);
    auto& last = submission.jobs.back();
    if (taken.kind == Scheduler::Taken::Kind::taken) {
        last.id = taken.id;
        return write(run, submission);
    }
    if (taken.kind == Scheduler::Taken::Kind::refused) {
        submission.jobs.pop_back();
        if (submission.jobs.empty())
            remove_if_there(file_of(run));
        else
            write(run, submission);
        throw usage_error("{} refuses the script: {}{}", scheduler.submit_command(), taken.words,
                          submission.jobs.empty()
                              ? ""
                              : fmt::format("; {} is in the queue, and the same command hands over the rest alone",
                                            name_of(submission.jobs.front())));
    }
    if (const auto found = scheduler.find(script); found && found->size() == 1) {
        last.id = {found->front(), ""};
        return write(run, submission);
    }
    throw infrastructure_error(
        "{} told no id: {}; it cannot be told whether the job was taken; hlaunch status {} asks again",
        scheduler.submit_command(), taken.words, printable(run.root));
}

std::optional<Submission> parse_submission(const std::string& text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (text_in(json, "format") != "hlaunch-submission") return std::nullopt;
    Submission out{.scheduler = text_in(json, "scheduler"), .time = text_in(json, "time"), .jobs = {}};
    for (const auto& job : list_in(json, "jobs")) {
        const JobId id{text_in(job, "id"), text_in(job, "cluster")};
        if ((id.number.empty() || is_job_id(id.number)) && (id.cluster.empty() || is_cluster_name(id.cluster)))
            out.jobs.push_back({id, text_in(job, "role"), text_in(job, "script")});
    }
    return out;
}

JobAnswer without_id(const Scheduler& scheduler, const std::string& since,
                     const std::optional<std::vector<std::string>>& found) {
    if (!found) return {JobStanding::unknown, "no id was told, and the scheduler does not answer", ""};
    if (found->size() > 1)
        return {JobStanding::unknown, fmt::format("jobs {} run its script", fmt::join(*found, " and ")), ""};
    const auto began = parse_utc_text(since);
    const double age_s = began ? std::chrono::duration<double>(SystemClock().wall() - *began).count() : 0.0;
    if (age_s >= 0.0 && age_s < scheduler.settling_s())
        return {JobStanding::unknown, "it was handed over a moment ago without an answer, and may still be taken", ""};
    return {JobStanding::gone, "", ""};
}

}  // namespace

std::optional<Submission> read_submission(const RunFolder& run) try {
    return parse_submission(read_regular_file(file_of(run), most_bytes).value_or(""));
} catch (const Error&) {
    return std::nullopt;
}

std::optional<Submission> read_own_submission(const RunFolder& run) {
    return parse_submission(read_own_file(file_of(run), most_bytes).value_or(""));
}

nlohmann::json to_json(const Submission& submission) {
    nlohmann::json out{{"format", "hlaunch-submission"},
                       {"version", 1},
                       {"scheduler", submission.scheduler},
                       {"time", submission.time},
                       {"jobs", nlohmann::json::array()}};
    for (const auto& job : submission.jobs) {
        nlohmann::json one{{"id", job.id.number}, {"role", job.role}, {"script", job.script}};
        if (!job.id.cluster.empty()) one["cluster"] = job.id.cluster;
        out["jobs"].push_back(std::move(one));
    }
    return out;
}

bool nothing_has_run(const RunFolder& run) {
    return !std::filesystem::exists(run.journal()) && !std::filesystem::exists(run.plan());
}

std::vector<JobAnswer> standings(const Scheduler& scheduler, Submission& submission) {
    std::vector<JobAnswer> out;
    for (auto& job : submission.jobs) {
        if (job.id.number.empty()) {
            const auto found = scheduler.find(job.script);
            if (!found || found->size() != 1) {
                out.push_back(without_id(scheduler, submission.time, found));
                continue;
            }
            job.id.number = found->front();
        }
        out.push_back(scheduler.ask(job.id));
        auto& answer = out.back();
        answer.words = printable(answer.words);
        // Ids are given again, and a file can be written by anybody who may write here.
        if (answer.standing == JobStanding::queued && answer.script.starts_with("/") && answer.script != job.script)
            answer = {JobStanding::gone, fmt::format("job {} runs {} now", job.id.number, printable(answer.script)),
                      ""};
    }
    return out;
}

Submission submit(const RunFolder& run, const Scheduler& scheduler, const WorkAndMerge& scripts) {
    SystemClock clock;
    const JournalLock lock(file_of(run) + ".lock", clock);
    Submission out{.scheduler = scheduler.kind(), .time = utc_text(clock.wall()), .jobs = {}};
    if (auto former = read_own_submission(run)) {
        const auto answers = standings(Scheduler(former->scheduler, Environment::current()), *former);
        for (std::size_t i = 0; i < answers.size(); ++i)
            if (answers[i].standing == JobStanding::unknown)
                cannot_tell(run, *former, former->jobs[i], answers[i].words);
        const auto queued = [&](const char* role) {
            for (std::size_t i = 0; i < answers.size(); ++i)
                if (former->jobs[i].role == role && answers[i].standing == JobStanding::queued) return i + 1;
            return std::size_t{0};
        };
        const auto work = queued("work"), merge = queued("merge");
        if (const auto any = std::max(work, merge); any > 0 && (work == 0 || merge > 0 || scripts.merge.empty()))
            throw usage_error("job {} of this run is in the queue already: {}; hlaunch stop {} cancels it",
                              former->jobs[any - 1].id.number, answers[any - 1].words, printable(run.root));
        if (work > 0) {  // its merge was refused, or hlaunch died before it
            out = *former;
            out.jobs = {former->jobs[work - 1]};
        }
    }
    scheduler.require_commands();
    if (out.jobs.empty()) {
        scheduler.validate(scripts.work);
        hand_over(run, scheduler, out, {{}, "work", scripts.work}, "");
    }
    if (!scripts.merge.empty())
        hand_over(run, scheduler, out, {{}, "merge", scripts.merge}, out.jobs.front().id.number);
    return out;
}

Cancelled cancel(const Scheduler& scheduler, Submission submission) {
    Cancelled out;
    const auto answers = standings(scheduler, submission);
    // The merge first: it would begin when the work ends.
    for (std::size_t i = answers.size(); i-- > 0;) {
        const auto& job = submission.jobs[i];
        if (answers[i].standing == JobStanding::gone) continue;
        if (job.id.number.empty()) {
            out.problems.push_back(
                fmt::format("whether {} is there cannot be told: {}", name_of(job), answers[i].words));
            continue;
        }
        if (auto why = scheduler.cancel(job.id))
            out.problems.push_back(fmt::format("job {} may go on: {}", job.id.number, *why));
        else
            out.asked.push_back(job.id.number);
    }
    return out;
}

}  // namespace hlaunch
