#include "job/doctor/checklist.h"

#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/text/quantity.h"
#include "check/host_checks.h"
#include "homodyne/app/environment_checks.h"
#include "homodyne/config/config_checks.h"
#include "homodyne/config/yaml_edit.h"
#include "homodyne/plan/estimate.h"
#include "job/analysis/survey_alone.h"
#include "job/doctor/xla_config_files.h"
#include "job/request/jit_cache.h"
#include "job/request/placements.h"
#include "job/request/preflight.h"
#include "os/files/file.h"
#include "os/numa/binding_probe.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t gib = 1U << 30U;
// Workers get a shard's data, times, angles and keys through shared memory: 8 bytes each, a pickled copy beside them
// (optimization/cmc/backends/multiprocessing.py, create_shared_shard_arrays).
constexpr std::uint64_t shared_bytes_a_point = 64;

// "what; remedy" as Error says it.
Finding refused(const std::string& name, const Error& error) {
    const std::string line = error.what();
    const auto at = line.rfind("; ");
    if (at == std::string::npos) return fail(name, line, "correct it");
    return fail(name, line.substr(0, at), line.substr(at + 2));
}

struct Application {
    std::vector<Finding> findings;
    std::optional<LoneSurvey> survey;
    bool config_read = false;  // the survey's facts are about the config
};

// One refusal hides what comes after it: asked again without what was refused.
Application ask_application(JobOptions options, const Machine& here, Environment environment, unsigned placements) {
    Application out;
    for (;;) {
        try {
            out.survey = survey_alone(options, here, environment, placements);
            std::ranges::move(homodyne::check_versions(out.survey->facts), std::back_inserter(out.findings));
            out.config_read = !options.analysis.config.empty() && out.survey->facts.known;
            return out;
        } catch (const Error& error) {
            const bool flags = std::string_view(error.what()).find(": XLA_FLAGS: ") != std::string_view::npos ||
                               std::string_view(error.what()).starts_with("XLA_FLAGS: ");
            const bool of_config = error.code() == ExitCode::usage && !options.analysis.config.empty();
            out.findings.push_back(refused(flags ? "jaxlib-flags" : of_config ? "config" : "homodyne", error));
            if (flags)
                environment.unset("XLA_FLAGS");
            else if (of_config)
                options.analysis.config.clear();
            else
                return out;
        }
    }
}

Finding check_jit_cache(const JobOptions& options, const Environment& environment) {
    try {
        const auto place = jit_cache_place(options.analysis.jit_cache, environment);
        if (place == "off") return warn("jit-cache", "off", "every instance compiles anew: --jit-cache shared");
        if (place.empty())
            return warn("jit-cache", "private", "every instance compiles anew: --jit-cache shared or a folder");
        std::uint64_t torn = 0, bytes = 0;
        for (const auto& key : read_jit_cache(place, true)) {
            torn += key.torn();
            bytes += key.bytes();
        }
        const auto value = fmt::format("{} in {}", format_bytes(bytes), place);
        if (torn > 0) return warn("jit-cache", fmt::format("{}, {} torn entries", value, torn), "hlaunch cache clean");
        return ok("jit-cache", value);
    } catch (const Error& error) {
        return refused("jit-cache", error);
    }
}

// The guide's step "configure XLA": of use to homodyne started by hand only.
Finding check_xla_mode(const Environment& environment) {
    try {
        const auto mode = configured_mode(xla_config_files(environment));
        return ok("xla-mode", mode.empty() ? "not configured; each instance gets its own (hlaunch config-xla --mode "
                                             "keeps one for homodyne by hand)"
                                           : mode + " for homodyne by hand; each instance gets its own");
    } catch (const Error& error) {
        return refused("xla-mode", error);
    }
}

// Also of a path that is not there yet.
Storage storage_of(const std::string& path, const HostSettings& host) {
    return {path, filesystem_type(host.mounts, canonical_path(path)), free_space(path)};
}

std::vector<Finding> check_storage(const JobOptions& options, const HostSettings& host, const homodyne::Facts* facts,
                                   const Environment& environment) {
    std::vector<Finding> out;
    const auto add_disk = [&](const char* name, const std::string& path, std::uint64_t wanted) {
        try {
            out.push_back(check_disk(name, storage_of(path, host), wanted));
        } catch (const std::exception& error) {
            out.push_back(fail(name, error.what(), "take another folder"));
        }
    };
    add_disk("output", options.folder.output.empty() ? fs::current_path().string() : options.folder.output, 5 * gib);
    const auto temporary = environment.get("TMPDIR").value_or("/tmp");
    if (access(temporary.c_str(), W_OK | X_OK) != 0)
        out.push_back(fail("temporary", temporary + " is no folder to write to", "set TMPDIR to one"));
    else
        add_disk("temporary", temporary, gib);
    const auto locking = environment.get("HDF5_USE_FILE_LOCKING");
    const auto data = facts != nullptr ? facts->data_files : std::vector<std::string>{fs::current_path().string()};
    for (const auto& path : data)
        out.push_back(check_file_locking({path, filesystem_type(host.mounts, canonical_path(path)), {}}, locking));
    return out;
}

std::map<std::string, std::string> variables_of(const Environment& environment) {
    std::map<std::string, std::string> out;
    for (const auto& line : environment.list()) {
        const auto at = line.find('=', 1);
        if (at != std::string::npos) out[line.substr(0, at)] = line.substr(at + 1);
    }
    return out;
}

// Forecast against each placement's memory; the sum of all is compared with the host's by check_host.
std::vector<Finding> check_forecast(const Plan& plan, const LoneSurvey& survey, HostNeeds& needs) {
    std::vector<Finding> out;
    for (const auto& row : homodyne::estimate(plan.placements, survey.facts, survey.request)) {
        const auto forecast = std::max(row.nlsq_bytes, row.cmc_bytes);
        needs.memory_bytes += row.cmc_bytes;
        needs.workers += row.workers;
        const auto value = fmt::format("{} forecast, {} there", format_bytes(forecast),
                                       row.memory_bytes > 0 ? format_bytes(row.memory_bytes) : "unknown");
        const auto name = fmt::format("placement-{}", row.placement);
        if (row.memory_bytes > 0 && forecast > row.memory_bytes)
            out.push_back(warn(name, value,
                               "pages will spill to other nodes: larger placements (--per package) or fewer workers"));
        else
            out.push_back(ok(name, value));
    }
    needs.shared_memory_bytes = shared_bytes_a_point * survey.facts.points;
    return out;
}

}  // namespace

std::vector<CheckGroup> make_checklist(const JobOptions& options, const Machine& machine, const fs::path& sysroot,
                                       const Environment& environment) {
    if (!options.analysis.config.empty()) check_config_file(options.analysis.config);
    const auto plan = plan_placements(options, machine);
    const auto host = read_host_settings(sysroot);
    auto application = ask_application(options, machine, environment, static_cast<unsigned>(plan.placements.size()));
    const auto* facts = application.config_read ? &application.survey->facts : nullptr;
    HostNeeds needs;
    std::vector<Finding> analysis;
    if (!options.analysis.config.empty()) {
        homodyne::ConfigContext context{.facts = facts};
        context.cmc = options.analysis.mode != homodyne::Mode::nlsq &&
                      (facts == nullptr || homodyne::wants_cmc(options.analysis.mode, facts->yaml_method));
        context.placements = static_cast<unsigned>(plan.placements.size());
        const auto smallest = std::ranges::min_element(plan.placements, {}, &Placement::cores);
        if (smallest != plan.placements.end()) context.cores = smallest->cores;
        analysis = homodyne::check_config_settings(read_text(options.analysis.config), context);
        if (facts != nullptr)
            std::ranges::move(check_forecast(plan, *application.survey, needs), std::back_inserter(analysis));
    }
    const auto complaint =
        binding_complaint({.cpus = machine.allowed_cpus,
                           .mems = machine.allowed_mems,
                           .policy = machine.limits.memory_policy ? MemPolicy::bind : MemPolicy::local});
    std::vector<CheckGroup> out{
        {"host", check_host(host, machine, needs, complaint)},
        {"storage", check_storage(options, host, facts, environment)},
        {"environment",
         homodyne::check_environment(variables_of(environment), static_cast<unsigned>(machine.allowed_cpus.size()))},
        {"application", std::move(application.findings)}};
    out[2].findings.push_back(check_xla_mode(environment));
    out[2].findings.push_back(check_jit_cache(options, environment));
    if (!options.analysis.config.empty()) out.push_back({"analysis", std::move(analysis)});
    return out;
}

FixedConfig fix_config(const std::string& path, const std::vector<CheckGroup>& groups) {
    FixedConfig out;
    out.before = out.after = read_text(path);
    for (const auto& group : groups)
        for (const auto& finding : group.findings) {
            if (!finding.fix) continue;
            if (auto edited = homodyne::edit_yaml(out.after, *finding.fix)) {
                out.after = std::move(*edited);
                out.done.push_back(finding.name);
            } else {
                out.refused.push_back(finding.name);
            }
        }
    return out;
}

std::string write_fixed(const std::string& path, const FixedConfig& fixed) {
    const auto target = canonical_path(path).string();  // a link stays one
    auto backup = target + ".bak";
    for (unsigned i = 1; fs::exists(fs::symlink_status(backup)); ++i) backup = fmt::format("{}.bak{}", target, i);
    write_atomically(backup, fixed.before);
    write_atomically(target, fixed.after);
    return backup;
}

}  // namespace hlaunch
