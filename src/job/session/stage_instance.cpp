#include "job/session/stage_instance.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "os/files/file.h"
#include "os/files/trust.h"
#include "os/io/no_links.h"
#include "plan/run_folder.h"

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

}  // namespace hlaunch
