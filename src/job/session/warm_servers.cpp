#include "job/session/warm_servers.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/json_fields.h"
#include "homodyne/plan/planner.h"
#include "homodyne/plan/task_file.h"
#include "job/session/run_rules.h"
#include "job/session/stage_instance.h"

namespace hlaunch {
namespace {

// Growth is compiled code, of which each number of frames or angles has its own (20 to 30 MiB where they are few): the
// process drops it when it has grown by so much. What it cannot give back, a new process does; that costs its imports.
constexpr unsigned most_tasks = 1000, most_rounds = 50'000;  // a posterior is tens or hundreds of rounds
constexpr std::uint64_t most_growth_bytes = 2ULL << 30U;

std::uint64_t most_compiled_bytes(const Placement& placement) {
    constexpr std::uint64_t enough = 1ULL << 30U;  // about forty shapes
    return placement.memory_bytes > 0 ? std::min(enough, placement.memory_bytes / 8) : enough;
}

TreeSpec server_tree(const JobContext& context, const Plan& plan, unsigned slot, const nlohmann::json& task) {
    const auto label = fmt::format("server {}", slot);
    const auto folder = context.folder.server(slot);
    prepare_part(folder, task, "");
    const auto instance = to_stage_instance(
        context, plan, homodyne::bare_instance(plan.placements.at(slot), folder, context.request), folder, label);
    return {.child = instance.spec,
            .grace = grace_of(context.limits),
            .marker = instance.marker,
            .receipt = 0,
            .shm_prefix = server_memory_prefix(context, slot),
            .temporary_folder = instance.temporary_folder};
}

std::string variable(const ChildSpec& spec, const std::string& name) {
    for (const auto& line : spec.env)
        if (line.starts_with(name + "=")) return line.substr(name.size() + 1);
    throw infrastructure_error("a task without {}; this is a bug of hlaunch", name);
}

std::string request_line(const ChildSpec& spec, std::size_t app_words) {
    const std::vector<std::string> arguments(spec.argv.begin() + static_cast<std::ptrdiff_t>(app_words),
                                             spec.argv.end());
    const nlohmann::json request{{"task", variable(spec, "HLAUNCH_TASK")},
                                 {"argv", arguments},
                                 {"cwd", spec.cwd.string()},
                                 {"stdout", spec.stdout_path.string()},
                                 {"stderr", spec.stderr_path.string()}};
    return request.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<ServerAnswer> read_answer(const std::string& line) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("code")) return std::nullopt;
    ServerAnswer out;
    // As the kernel keeps one: sys.exit(-1) is 255.
    out.status.code = static_cast<int>(static_cast<std::int64_t>(number_in(json, "code").value_or(255.0)) & 0xff);
    out.cpu_seconds = std::max(0.0, number_in(json, "cpu_seconds").value_or(0.0));
    out.resident_bytes = count_in(json, "resident_bytes");
    return out;
}

}  // namespace

std::string server_memory_prefix(const JobContext& context, unsigned slot) {
    return shared_memory_prefix(context, fmt::format("server-{}", slot));
}

ServerSpeech server_speech(const JobContext& context, const Plan& plan, ServerTask task) {
    return {.server = [&context, &plan, task = std::move(task)](
                          unsigned slot, const TreeSpec&,
                          const ServerPipes& pipes) { return server_tree(context, plan, slot, task(slot, pipes)); },
            .request =
                [words = context.request.app.size()](const TreeSpec& spec) { return request_line(spec.child, words); },
            .answer = read_answer};
}

ServerSpeech warm_worker_speech(const JobContext& context, const Plan& plan) {
    auto out = server_speech(context, plan, [&context, &plan](unsigned slot, const ServerPipes& pipes) {
        const auto& placement = plan.placements.at(slot);
        return homodyne::serve_task(placement, server_memory_prefix(context, slot), pipes.requests, pipes.replies,
                                    most_compiled_bytes(placement));
    });
    const bool exact = context.analysis.posterior.is_exact();
    out.most_tasks = exact ? most_rounds : most_tasks;
    out.most_growth_bytes = most_growth_bytes;
    return out;
}

}  // namespace hlaunch
