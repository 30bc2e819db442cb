#include "job/submission.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "base/error.h"
#include "base/printable.h"
#include "os/child.h"
#include "os/clock.h"
#include "os/command_output.h"
#include "os/doubtful_file.h"
#include "os/environment.h"
#include "os/file.h"
#include "run/json_fields.h"

namespace hlaunch {
namespace {

constexpr std::uint64_t most_bytes = 1U << 20U;

std::string file_of(const RunFolder& run) {
    return run.root + "/submit.json";
}

// "1234", "1234[].server", "1234;cluster": what commands take as an id, and nothing that could be an option.
bool is_id(const std::string& text) {
    return !text.empty() && text.front() >= '0' && text.front() <= '9' &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789[]._-") ==
               std::string::npos;
}

std::string words_of(const CommandOutput& output) {
    auto out = output.err.empty() ? output.out : output.err;
    std::replace(out.begin(), out.end(), '\n', ' ');
    while (out.ends_with(' ')) out.pop_back();
    return printable(out);
}

std::string hand_over(const std::vector<std::string>& argv) {
    const auto output = run_and_read(argv);
    if (!output.status.ok()) throw usage_error("{} refuses the script: {}", argv.front(), words_of(output));
    auto id = output.out.substr(0, output.out.find_first_of(";\n "));
    if (!is_id(id))
        throw infrastructure_error("{} took the script, but told no id: {}", argv.front(), words_of(output));
    return id;
}

std::map<std::string, std::string> asked(const Submission& submission) {
    std::map<std::string, std::string> out;
    if (submission.scheduler != "slurm") {
        for (const auto& job : submission.jobs) {
            const auto output = run_and_read({"qstat", job.id});
            if (output.status.ok()) out[job.id] = "in the queue";
        }
        return out;
    }
    std::vector<std::string> ids;
    for (const auto& job : submission.jobs) ids.push_back(job.id);
    // %A: of an array's element its job, too. An id that Slurm has forgotten is an error of the whole question.
    for (const auto& id : ids) {
        const auto output = run_and_read({"squeue", "--noheader", "--jobs=" + id, "--format=%A|%F|%T|%r"});
        std::istringstream lines(output.out);
        for (std::string line; output.status.ok() && std::getline(lines, line);) {
            const auto state = line.find('|', line.find('|') + 1) + 1, reason = line.find('|', state);
            const auto word = line.substr(state, reason - state);
            const auto why = line.substr(reason + 1);
            auto& text = out[id];
            if (text.empty() || word == "RUNNING") text = why == "None" ? word : fmt::format("{} ({})", word, why);
        }
    }
    return out;
}

}  // namespace

std::optional<Submission> read_submission(const RunFolder& run) try {
    const auto json = nlohmann::json::parse(read_regular_file(file_of(run), most_bytes).value_or(""), nullptr, false);
    if (text_in(json, "format") != "hlaunch-submission") return std::nullopt;
    Submission out{.scheduler = text_in(json, "scheduler"), .time = text_in(json, "time"), .jobs = {}};
    for (const auto& job : list_in(json, "jobs"))
        if (is_id(text_in(job, "id")))
            out.jobs.push_back({text_in(job, "id"), text_in(job, "role"), text_in(job, "script")});
    return out;
} catch (const Error&) {
    return std::nullopt;
}

nlohmann::json to_json(const Submission& submission) {
    nlohmann::json out{{"format", "hlaunch-submission"},
                       {"version", 1},
                       {"scheduler", submission.scheduler},
                       {"time", submission.time},
                       {"jobs", nlohmann::json::array()}};
    for (const auto& job : submission.jobs)
        out["jobs"].push_back({{"id", job.id}, {"role", job.role}, {"script", job.script}});
    return out;
}

std::vector<std::string> queue_words(const Submission& submission) {
    std::vector<std::string> out(submission.jobs.size());
    try {
        const auto words = asked(submission);
        for (std::size_t i = 0; i < out.size(); ++i)
            if (const auto found = words.find(submission.jobs[i].id); found != words.end())
                out[i] = printable(found->second);
    } catch (const Error&) {
        out.assign(out.size(), "");  // no scheduler here
    }
    return out;
}

Submission submit(const RunFolder& run, const std::string& scheduler, const std::string& work_script,
                  const std::string& merge_script) {
    if (const auto former = read_submission(run)) {
        const auto words = queue_words(*former);
        for (std::size_t i = 0; i < words.size(); ++i)
            if (!words[i].empty())
                throw usage_error("job {} of this run is in the queue already: {}; hlaunch stop {} cancels it",
                                  former->jobs[i].id, words[i], printable(run.root));
    }
    const std::string program = scheduler == "slurm" ? "sbatch" : "qsub";
    if (!find_program(program, Environment::current().get("PATH").value_or("")))
        throw infrastructure_error("{} is not in PATH; submit where the scheduler's commands are, as on a login node",
                                   program);
    Submission out{.scheduler = scheduler, .time = utc_text(SystemClock().wall()), .jobs = {}};
    if (scheduler == "slurm") {
        const auto test = run_and_read({"sbatch", "--test-only", work_script});
        if (!test.status.ok()) throw usage_error("sbatch --test-only refuses {}: {}", work_script, words_of(test));
        out.jobs.push_back({hand_over({"sbatch", "--parsable", work_script}), "work", work_script});
    } else {
        out.jobs.push_back({hand_over({"qsub", work_script}), "work", work_script});
    }
    // Written down before anything else can fail.
    write_atomically(file_of(run), to_json(out).dump(1) + "\n");
    if (!merge_script.empty()) {
        out.jobs.push_back(
            {hand_over({"sbatch", "--parsable", "--dependency=afterany:" + out.jobs.front().id, merge_script}), "merge",
             merge_script});
        write_atomically(file_of(run), to_json(out).dump(1) + "\n");
    }
    return out;
}

std::vector<std::string> cancel(const Submission& submission) {
    std::vector<std::string> out;
    const auto words = queue_words(submission);
    // The merge first: it would begin when the work ends.
    for (std::size_t i = words.size(); i-- > 0;) {
        if (words[i].empty()) continue;
        static_cast<void>(
            command_output({submission.scheduler == "slurm" ? "scancel" : "qdel", submission.jobs[i].id}));
        out.push_back(submission.jobs[i].id);
    }
    return out;
}

}  // namespace hlaunch
