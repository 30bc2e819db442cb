#include "script/scheduler/job_answers.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/trimmed.h"

namespace hlaunch {
namespace {

bool is_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

std::string_view trimmed_line(std::string_view text) {
    return trimmed(text, " \t\n\v\f\r");
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> out;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        if (const auto line = trimmed_line(text.substr(0, end)); !line.empty()) out.push_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

std::vector<std::string_view> words_of_line(std::string_view line) {
    std::vector<std::string_view> out;
    for (line = trimmed_line(line); !line.empty(); line = trimmed_line(line)) {
        const auto end = std::min(line.find_first_of(" \t"), line.size());
        out.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
    return out;
}

bool contains_any(std::string_view text, const std::vector<std::string_view>& phrases) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return std::any_of(phrases.begin(), phrases.end(),
                       [&](std::string_view phrase) { return lower.find(phrase) != std::string::npos; });
}

const std::vector<std::string_view> no_such_job{"invalid job id",   "unknown job id",
                                                "job has finished", "already completing or completed",
                                                "unknown jobid",    "request invalid for finished job"};

bool has_ended(std::string_view state) {
    constexpr std::array<std::string_view, 10> ended{"COMPLETED", "CANCELLED", "FAILED",   "TIMEOUT", "NODE_FAIL",
                                                     "PREEMPTED", "BOOT_FAIL", "DEADLINE", "REVOKED", "OUT_OF_MEMORY"};
    return std::find(ended.begin(), ended.end(), state.substr(0, state.find(' '))) != ended.end();
}

struct QueueLine {
    std::string_view job, array, state, reason, script;
};

std::optional<QueueLine> queue_line(std::string_view line) {
    QueueLine out;
    for (auto* field : {&out.job, &out.array, &out.state, &out.reason}) {
        const auto end = line.find('|');
        if (end == std::string_view::npos) return std::nullopt;
        *field = line.substr(0, end);
        line.remove_prefix(end + 1);
    }
    out.script = line;
    if (!is_digits(out.job) || out.state.empty()) return std::nullopt;
    return out;
}

}  // namespace

std::string words_of(const CommandAnswer& answer) {
    const auto& text = trimmed_line(answer.err).empty() ? answer.out : answer.err;
    std::string out;
    for (const auto line : lines_of(text)) out += (out.empty() ? "" : " ") + std::string(line);
    return out.empty() ? "no word, exit code " + std::to_string(answer.exit_code) : out;
}

bool is_job_id(std::string_view text) {
    return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) != 0 &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789[]._-") ==
               std::string_view::npos;
}

bool is_cluster_name(std::string_view text) {
    return !text.empty() && text.front() != '-' &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
               std::string_view::npos;
}

std::optional<JobId> id_from_sbatch(std::string_view out) {
    constexpr std::string_view sentence = "Submitted batch job ", on = "on cluster ";
    std::optional<JobId> id;
    for (auto line : lines_of(out)) {
        JobId found;
        if (line.starts_with(sentence)) {
            line.remove_prefix(sentence.size());
            found.number = line.substr(0, line.find(' '));
            if (const auto at = line.find(on); at != std::string_view::npos)
                found.cluster = trimmed_line(line.substr(at + on.size()));
        } else {
            const auto semicolon = line.find(';');
            found.number = line.substr(0, semicolon);
            if (semicolon != std::string_view::npos) found.cluster = line.substr(semicolon + 1);
        }
        if (is_digits(found.number) && (found.cluster.empty() || is_cluster_name(found.cluster))) id = found;
    }
    return id;
}

std::optional<JobId> id_from_qsub(std::string_view out) {
    std::optional<JobId> id;
    for (const auto line : lines_of(out)) {
        const auto digits = std::min(line.find_first_not_of("0123456789"), line.size());
        const auto rest = line.substr(digits);
        if (digits > 0 && is_job_id(line) && (rest.empty() || rest.front() == '.' || rest.front() == '['))
            id = JobId{std::string(line), ""};
    }
    return id;
}

JobAnswer read_squeue(const CommandAnswer& answer, const std::string& number) {
    if (answer.exit_code != 0) {
        if (contains_any(answer.err + answer.out, no_such_job)) return {JobStanding::gone, "", ""};
        return {JobStanding::unknown, words_of(answer), ""};
    }
    JobAnswer out{JobStanding::gone, "", ""};
    bool other = false;
    for (const auto line : lines_of(answer.out)) {
        const auto job = queue_line(line);
        if (!job || (job->job != number && job->array != number)) {
            other = other || !line.starts_with("CLUSTER:");
            continue;
        }
        if (has_ended(job->state)) continue;
        const bool plain = job->reason.empty() || job->reason == "None";
        if (out.words.empty() || job->state == "RUNNING")
            out.words = std::string(job->state) + (plain ? "" : " (" + std::string(job->reason) + ")");
        out.standing = JobStanding::queued;
        out.script = job->script;
    }
    // Lines that are no answer, and no answer: a site's banner, or an error that ends with 0.
    if (out.standing == JobStanding::gone && (other || !trimmed_line(answer.err).empty()))
        return {JobStanding::unknown, words_of(answer), ""};
    return out;
}

std::optional<std::vector<std::string>> jobs_of_script(const CommandAnswer& squeue, const std::string& script) {
    if (squeue.exit_code != 0) return std::nullopt;
    std::vector<std::string> out;
    bool other = false;
    for (const auto line : lines_of(squeue.out)) {
        const auto job = queue_line(line);
        if (!job) other = other || !line.starts_with("CLUSTER:");
        if (!job || job->script != script || has_ended(job->state)) continue;
        const std::string number(is_digits(job->array) ? job->array : job->job);
        if (std::find(out.begin(), out.end(), number) == out.end()) out.push_back(number);
    }
    if (out.empty() && (other || !trimmed_line(squeue.err).empty())) return std::nullopt;
    return out;
}

std::optional<std::vector<std::string>> pbs_jobs_of_script(const CommandAnswer& qstat, const std::string& script) {
    if (qstat.exit_code != 0 || !trimmed_line(qstat.err).empty()) return std::nullopt;
    constexpr std::string_view head = "Job Id:", state = "job_state =";
    std::string text;
    for (std::size_t i = 0; i < qstat.out.size(); ++i)
        if (qstat.out[i] == '\n' && i + 1 < qstat.out.size() && qstat.out[i + 1] == '\t')
            ++i;
        else
            text += qstat.out[i];
    std::vector<std::string> out;
    std::string number;
    bool ended = false, ours = false, any = false;
    const auto conclude = [&] {
        if (ours && !ended && is_job_id(number)) out.push_back(number);
    };
    for (const auto line : lines_of(text)) {
        if (line.starts_with(head)) {
            conclude();
            number = trimmed_line(line.substr(head.size()));
            ended = ours = false;
            any = true;
        } else if (line.starts_with(state)) {
            const auto letter = trimmed_line(line.substr(state.size()));
            ended = letter == "F" || letter == "X" || letter == "C";
        } else if (line.starts_with("Submit_arguments =") || line.starts_with("submit_args =")) {
            ours = line.find(script) != std::string_view::npos;
        }
    }
    conclude();
    if (!any && !lines_of(text).empty()) return std::nullopt;  // no list of jobs
    return out;
}

JobAnswer read_scontrol_job(const CommandAnswer& answer, const std::string& number) {
    if (answer.exit_code != 0 || answer.out.find("JobId=") == std::string::npos) {
        if (contains_any(answer.err + answer.out, no_such_job)) return {JobStanding::gone, "", ""};
        return {JobStanding::unknown, words_of(answer), ""};
    }
    // A record an element of an array: queued as long as one has not ended.
    JobAnswer out{JobStanding::unknown, words_of(answer), ""};
    bool ours = false;
    for (const auto line : lines_of(answer.out))
        for (const auto word : words_of_line(line)) {
            if (word == "JobId=" + number || word == "ArrayJobId=" + number) ours = true;
            if (!word.starts_with("JobState=") || !ours) continue;
            const auto state = word.substr(word.find('=') + 1);
            if (!has_ended(state)) return {JobStanding::queued, std::string(state), ""};
            out = {JobStanding::gone, "", ""};
        }
    return out;
}

JobAnswer read_qstat(const CommandAnswer& answer, const std::string& number) {
    constexpr int unknown_job = 153, in_history = 35;  // PBSE_UNKJOBID and PBSE_HISTJOBID, modulo 256
    if (answer.exit_code != 0) {
        const bool gone = answer.exit_code == unknown_job || answer.exit_code == in_history ||
                          contains_any(answer.err + answer.out, no_such_job);
        return gone ? JobAnswer{JobStanding::gone, "", ""} : JobAnswer{JobStanding::unknown, words_of(answer), ""};
    }
    // "42.server  name  user  00:01:02 R queue"; a long server's name is cut.
    const auto digits = number.substr(0, number.find_first_not_of("0123456789"));
    for (const auto line : lines_of(answer.out)) {
        const auto words = words_of_line(line);
        if (words.size() < 6 || words.front().substr(0, words.front().find_first_not_of("0123456789")) != digits)
            continue;
        const auto state = words[words.size() - 2];
        if (state == "C" || state == "F" || state == "X") return {JobStanding::gone, "", ""};
        return {JobStanding::queued, "in the queue (" + std::string(state) + ")", ""};
    }
    return {JobStanding::unknown, words_of(answer), ""};
}

bool says_job_is_gone(const CommandAnswer& answer) {
    return contains_any(answer.err + answer.out, no_such_job);
}

bool is_refusal(const CommandAnswer& answer) {
    static const std::vector<std::string_view> of_the_line{"timed out",
                                                           "timeout",
                                                           "unable to contact",
                                                           "connect",
                                                           "communication",
                                                           "not responding",
                                                           "connection",
                                                           "temporarily",
                                                           "broken pipe",
                                                           "end of file",
                                                           "no permission to access server",
                                                           "zero bytes",
                                                           "try again",
                                                           "cannot allocate"};
    return answer.exit_code > 0 && answer.exit_code < 128 && !trimmed_line(answer.err + answer.out).empty() &&
           !contains_any(answer.err + answer.out, of_the_line);
}

}  // namespace hlaunch
