#include "job/session/stage_run.h"

#include <fmt/format.h>

#include <filesystem>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "job/session/run_rules.h"
#include "os/files/file.h"

namespace hlaunch {

std::string last_words(const PartFolder& folder) {
    static constexpr std::string_view refused = "hlaunch-refused: ";
    const auto text = try_read_text(folder.stderr_log()).value_or("");
    if (const auto at = text.rfind(refused); at != std::string::npos) {
        const auto begin = at + refused.size();
        return text.substr(begin, text.find('\n', begin) - begin);
    }
    std::istringstream lines(text);
    std::string last, error;
    for (std::string line; std::getline(lines, line);) {
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        if (line.find("ERROR") != std::string::npos || line.find("Error:") != std::string::npos) error = line;
        last = line;
    }
    return error.empty() ? last : error;
}

StageRunner runner_of(JobContext& context) {
    return {context.clock,   context.launcher, &context.journal,
            context.display, context.deadline, rules_of(context.limits, context.folder.root),
            context.feed};
}

void check_in_time(const StageResult& result) {
    if (result.interruption.by) throw Interrupted{*result.interruption.by};
    if (result.interruption.out_of_time)
        throw failure("the time limit of the run (--time-limit) is over; the same command again does the rest");
    if (result.disk_full)
        throw infrastructure_error(
            "the run folder's file system is full: what ran was stopped, nothing more is started; make room, the same "
            "command again does the rest");
}

Error explain_end(const std::string& label, const InstanceResult& result, const PartFolder& folder) {
    if (!result.start_failure.empty())
        return infrastructure_error("{}{}", result.start_failure,
                                    result.outcome == Outcome::binding_refused
                                        ? "; the same command again plans with what is left, and does the rest"
                                        : "");
    const auto tries = result.attempts > 1 ? fmt::format(" at attempt {}", result.attempts) : "";
    return failure("{} ended with {}{}, {}: {} (whole log: {}); {}", label, result.status.text(), tries,
                   to_string(result.outcome), last_words(folder), folder.stderr_log(), remedy_of(result.outcome));
}

InstanceResult run_alone(JobContext& context, const std::string& stage, StageInstance instance) {
    const PartFolder folder{std::filesystem::path(instance.spec.stdout_path).parent_path().string()};
    auto runner = runner_of(context);
    std::vector<StageInstance> one;
    one.push_back(std::move(instance));
    auto result = runner.run(stage, std::move(one));
    check_in_time(result);
    const auto& only = result.instances.front();
    if (only.outcome != Outcome::done) throw explain_end("stage " + stage, only, folder);
    return only;
}

}  // namespace hlaunch
