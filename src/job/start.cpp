#include "job/start.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <sstream>

#include "base/error.h"
#include "job/begin_and_end.h"
#include "os/file.h"
#include "os/no_links.h"
#include "os/trust.h"

namespace hlaunch {
namespace {

// Python's own sign of a spawned multiprocessing worker.
constexpr const char* worker_sign = "--multiprocessing-fork";

// The log of an earlier start stays whole, as stderr.log.1 and so on: its words explain that one, not this.
void keep_former(const std::string& log) {
    std::error_code failed;
    if (!std::filesystem::exists(log, failed)) return;
    unsigned number = 1;
    while (std::filesystem::exists(fmt::format("{}.{}", log, number), failed)) ++number;
    std::filesystem::rename(log, fmt::format("{}.{}", log, number), failed);
}

Binding binding_of(const Placement& placement) {
    return {.cpus = placement.cpus, .mems = placement.mems, .policy = placement.mem_policy};
}

// Python puts sockets into its temporary folder, whose names the kernel takes up to 107 bytes of: in a long TMPDIR they
// stay where the user has them.
std::string own_temporary_folder(const JobContext& context, const std::string& label) {
    constexpr std::size_t longest = 38;
    const auto users = context.environment.get("TMPDIR").value_or("");
    const auto base = canonical_path(users.empty() ? "/tmp" : users).string();
    if (base.size() > longest) return {};
    auto name = "hl-" + context.run_id + "-" + label;
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c == ' ' || c == '/'; }, '-');
    // Nobody can take it before us: in /tmp any user makes names.
    return fmt::format("{}/{}-{:06x}", base, name, std::random_device{}() & 0xffffffU);
}

}  // namespace

void prepare_part(const PartFolder& folder, const nlohmann::json& task, const std::string& config) {
    // homodyne writes its data cache under the final name: one that a stop cut short would be read for ever after.
    // Looked into only where it is a folder itself, reached through no link.
    ensure_directory(folder.cache());
    const bool keeps_jit = trust_of_folder(folder.root).trusted() && trust_of_folder(folder.cache()).trusted() &&
                           trust_of_folder(folder.jit_cache()).trusted();
    for (const auto& name : names_in(folder.cache()))
        if (const auto path = folder.cache() + "/" + name; path != folder.jit_cache() || !keeps_jit) remove_whole(path);
    for (const auto& log : {folder.stdout_log(), folder.stderr_log()}) keep_former(log);
    for (const auto& path : {folder.work(), folder.cache(), folder.jit_cache(), folder.out(), folder.shards()})
        ensure_directory(path);
    write_atomically(folder.task(), task.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    if (!config.empty()) write_atomically(folder.config(), read_text_inside(config));
}

std::string shared_memory_prefix(const JobContext& context, const std::string& part) {
    return fmt::format("hl-{}-{}-", context.run_id, part);
}

StageInstance to_stage_instance(const JobContext& context, const Plan& plan, const Instance& instance,
                                const PartFolder& folder, const std::string& label) {
    const auto& placement = instance.on_whole_machine ? *plan.whole_machine : plan.placements[instance.placement];
    auto environment = context.environment;
    for (const auto& name : instance.unset_env) environment.unset(name);
    for (const auto& [name, value] : instance.env) environment.set(name, value);
    StageInstance out;
    out.part = instance.part;
    out.placement = instance.placement;
    out.label = label;
    out.marker = fmt::format("HLAUNCH_INSTANCE={}-{}", context.run_id, label);
    environment.set("HLAUNCH_INSTANCE", out.marker.substr(out.marker.find('=') + 1));
    out.spec.argv = instance.argv;
    environment.set(run_folder_variable, context.folder.root);
    out.temporary_folder = own_temporary_folder(context, label);
    if (!out.temporary_folder.empty()) environment.set("TMPDIR", out.temporary_folder);
    out.spec.env = environment.list();
    out.spec.cwd = instance.cwd;
    out.spec.stdout_path = folder.stdout_log();
    out.spec.stderr_path = folder.stderr_log();
    out.spec.binding = binding_of(placement);
    out.spec.die_with_parent = true;
    out.spec.ignore_warnings = true;
    out.shm_prefix = shared_memory_prefix(context, label);
    out.proof_path = folder.proof();
    out.usage_path = folder.usage();
    out.worker_sign = worker_sign;
    return out;
}

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

Grace grace_of(const JobOptions& options) {
    const auto share = [&](double part) { return duration_of(options.grace_s * part); };
    return {.interrupt = share(0.6), .terminate = share(0.2), .kill = share(0.2)};
}

Deadline deadline_of(const JobOptions& options, const Clock& clock) {
    Deadline out(duration_of(options.lead_s));
    if (options.time_limit_s) out.limit(clock.now() + duration_of(*options.time_limit_s));
    return out;
}

RunRules rules_of(const JobOptions& options, const std::string& folder) {
    RunRules out;
    out.grace = grace_of(options);
    out.retries = options.retries;
    if (options.instance_limit_s) out.instance_limit = duration_of(*options.instance_limit_s);
    out.disk_path = folder;
    if (!folder.empty()) out.stop_file = RunFolder{folder}.stop();
    return out;
}

StageRunner runner_of(JobContext& context) {
    return {context.clock,   context.launcher, &context.journal,
            context.display, context.deadline, rules_of(context.options, context.folder.root),
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
