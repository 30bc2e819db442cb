#include "job/commands/placed_commands.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/text/secret_words.h"
#include "job/commands/command_resume.h"
#include "job/request/key_variables.h"
#include "job/request/preflight.h"
#include "job/session/run_rules.h"
#include "job/session/run_session.h"
#include "job/session/stage_run.h"
#include "job/session/staging.h"
#include "job/session/usage_picture.h"
#include "os/files/file.h"
#include "os/reaper/reaper_launcher.h"
#include "plan/task_need.h"
#include "script/scheduler/scheduler_commands.h"

namespace hlaunch {
namespace {

std::string fill_staged(std::string word, const std::string& path) {
    static constexpr std::string_view name = "{staged}";
    for (std::size_t at = 0; (at = word.find(name, at)) != std::string::npos; at += path.size())
        word.replace(at, name.size(), path);
    return word;
}

StageInstance command_instance(const Instance& instance, const Placement& placement, const Environment& user,
                               const std::optional<RunFolder>& folder, const std::optional<Staging>& staging) {
    auto environment = user;
    for (const auto& [name, value] : instance.env) environment.set(name, value);
    StageInstance out;
    out.part = instance.part;
    out.placement = instance.placement;
    out.label = fmt::format("part {:03}", instance.part);
    out.marker = fmt::format("HLAUNCH_INSTANCE={}-{}", getpid(), instance.part);
    environment.set("HLAUNCH_INSTANCE", fmt::format("{}-{}", getpid(), instance.part));
    out.spec.argv = fill_secrets(instance.argv, [&](std::string_view name) { return user.get(name); });
    if (staging) {
        for (auto& word : out.spec.argv) word = fill_staged(std::move(word), staging->path(placement));
        environment.set("HLAUNCH_STAGED", staging->path(placement));
    }
    if (folder) environment.set(run_folder_variable, folder->root);
    out.spec.env = environment.list();
    out.spec.cwd = instance.cwd;
    out.spec.binding = Binding{.cpus = placement.cpus, .mems = placement.mems, .policy = placement.mem_policy};
    out.spec.die_with_parent = true;
    out.spec.ignore_warnings = is_in_job(environment);
    if (folder) {
        const auto part = folder->part(instance.part);
        ensure_directory(part.root);
        out.spec.stdout_path = part.stdout_log();
        out.spec.stderr_path = part.stderr_log();
        out.proof_path = part.proof();
        out.usage_path = part.usage();
    }
    return out;
}

// docs/schemas/command.schema.json
std::string command_json(const StageResult& result, const std::set<unsigned>& kept) {
    auto instances = nlohmann::json::array();
    for (const auto& instance : result.instances)
        instances.push_back(
            {{"part", instance.part},
             {"ok", instance.outcome == Outcome::done},
             {"outcome", std::string(to_string(instance.outcome))},
             {"attempts", instance.attempts},
             {"status", instance.start_failure.empty() ? instance.status.text() : instance.start_failure},
             {"seconds", instance.seconds},
             {"cpu_seconds", instance.cpu_seconds},
             {"peak_resident_bytes", instance.peak_resident_bytes}});
    std::sort(instances.begin(), instances.end(), [](const auto& a, const auto& b) { return a["part"] < b["part"]; });
    const nlohmann::json root{{"format", "hlaunch-command"},
                              {"version", 1},
                              {"ok", result.all_ok()},
                              {"kept", kept},
                              {"instances", instances}};
    return root.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

// Throws what the first copy that did not end well comes to.
int exit_code_of(const StageResult& result, const std::optional<RunFolder>& folder) {
    if (result.interruption.by) return 128 + *result.interruption.by;
    check_in_time(result);
    for (const auto& instance : result.instances) {
        if (!instance.start_failure.empty()) throw infrastructure_error("{}", instance.start_failure);
        if (instance.outcome != Outcome::done)
            throw failure("part {:03} ended with {}, {}{}; {}", instance.part, instance.status.text(),
                          to_string(instance.outcome),
                          folder ? "; see " + folder->part(instance.part).stderr_log() : "",
                          remedy_of(instance.outcome));
    }
    return static_cast<int>(ExitCode::ok);
}

// Enters again how they ended: the journal's last start tells of every part.
void keep_done(const std::vector<std::string>& keys, std::set<unsigned>& kept, JournalFile& journal) {
    std::vector<Event> ends;
    for (unsigned part = 0; part < keys.size(); ++part) {
        const auto& done = journal.history().commands_done;
        const auto found = done.find(keys[part]);
        if (found == done.end()) continue;
        auto end = found->second;
        end.part = part;
        end.kept = true;
        end.receipt.reset();
        ends.emplace_back(std::move(end));
        kept.insert(part);
    }
    if (!ends.empty()) journal.append_all(std::move(ends));
}

}  // namespace

std::string fill_placeholders(const std::string& word, const Placement& placement) {
    const std::array<std::pair<std::string, std::string>, 4> known{{{"{index}", std::to_string(placement.index)},
                                                                    {"{cpus}", placement.cpus.str()},
                                                                    {"{mems}", placement.mems.str()},
                                                                    {"{cores}", std::to_string(placement.cores)}}};
    std::string out;
    for (std::size_t at = 0; at < word.size();) {
        bool replaced = false;
        for (const auto& [name, value] : known) {
            if (word.compare(at, name.size(), name) != 0) continue;
            out += value;
            at += name.size();
            replaced = true;
            break;
        }
        if (!replaced) out += word[at++];
    }
    return out;
}

Plan plan_command(const std::vector<std::string>& command, const JobOptions& options, const Machine& machine) {
    auto plan = plan_of_placements(machine, options.placements);
    Stage stage{"command", {}};
    for (const auto& placement : plan.placements) {
        Instance instance;
        instance.part = instance.placement = placement.index;
        for (const auto& word : command) instance.argv.push_back(fill_placeholders(word, placement));
        instance.env = {{"HLAUNCH_INDEX", std::to_string(placement.index)},
                        {"HLAUNCH_CPUS", placement.cpus.str()},
                        {"HLAUNCH_MEMS", placement.mems.str()}};
        instance.cwd = std::filesystem::current_path().string();
        stage.instances.push_back(std::move(instance));
        Part part;
        part.index = placement.index;
        part.kind = "command";
        plan.parts.push_back(std::move(part));
    }
    check_tasks(plan, need_of_commands(plan.placements.size()));
    plan.stages.push_back(std::move(stage));
    return plan;
}

int run_command(const std::vector<std::string>& command, const JobOptions& options, const Machine& machine,
                const Environment& environment) {
    if (machine.foreign)
        throw usage_error("a command runs on the machine it is started on: --topology only plans (hlaunch plan)");
    check_folder_where_needed(options);
    const auto plan = plan_command(command, options, machine);
    // Before anything is started or written.
    static_cast<void>(fill_secrets(command, [&](std::string_view name) { return environment.get(name); }));
    tell_warnings(plan, options.reporting);
    const auto& analysis = options.analysis;
    if (analysis.stage) static_cast<void>(check_stageable(analysis.stage_file));
    RunSession session(options.folder, options.limits, options.reporting);
    auto& display = session.display();
    std::set<unsigned> kept;  // parts
    if (!options.folder.output.empty()) session.open(RunFolder{check_output(options.folder, "command")}, "command");
    auto* journal = session.journal();
    const auto& folder = session.folder();
    if (journal != nullptr) {
        const auto keys = command_keys(plan.stages.front(), analysis.stage ? analysis.stage_file : "",
                                       key_variables(options.folder.key_env, environment));
        if (!options.folder.key_env.empty() && journal->history().hashed_without_secret)
            display.note(former_hashes_text);
        journal->append(events::Command{.argv = command, .keys = keys, .keyed = true});
        keep_done(keys, kept, *journal);
        if (!kept.empty())
            display.note(fmt::format("hlaunch: {} of {} ended well before and {} not run again; --fresh runs all",
                                     kept.size(), keys.size(), kept.size() == 1 ? "is" : "are"));
        write_atomically(folder->plan(),
                         to_json(plan).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    }
    auto deadline = session.deadline();
    return session.run([&] {
        std::optional<Staging> staging;
        if (analysis.stage) {
            staging.emplace(analysis.stage_file, plan.placements);
            // On the screen also where the display is quiet so that the command's own output is not torn.
            if (!options.reporting.quiet)
                for (const auto& warning : staging->warnings()) fmt::print(stderr, "hlaunch: warning: {}\n", warning);
            if (staging->staged()) display.note("hlaunch: " + staging->summary());
            if (journal) journal->append(staging->record());
        }
        std::vector<StageInstance> instances;
        for (const auto& instance : plan.stages.front().instances)
            if (!kept.contains(instance.part))
                instances.push_back(
                    command_instance(instance, plan.placements[instance.placement], environment, folder, staging));
        const auto result = session.stage_runner(deadline).run("command", std::move(instances));
        if (folder) write_usage_picture(*folder, plan);
        if (options.reporting.json) std::fputs(command_json(result, kept).c_str(), stdout);
        return exit_code_of(result, folder);
    });
}

}  // namespace hlaunch
