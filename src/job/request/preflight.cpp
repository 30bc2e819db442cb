#include "job/request/preflight.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/text/printable.h"
#include "base/text/quantity.h"
#include "base/text/utf8.h"
#include "homodyne/app/nlsq_result.h"
#include "homodyne/config/data_paths.h"
#include "homodyne/config/yaml_text.h"
#include "job/request/memory_history_file.h"
#include "merge/gates.h"
#include "os/files/absolute_path.h"
#include "os/files/file.h"
#include "os/host/host.h"
#include "os/on_demand/zip_on_demand.h"
#include "os/spawn/child.h"
#include "plan/run_folder.h"
#include "run/journal/run_kind.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_config_bytes = 16U << 20U;
constexpr std::uint64_t least_free_bytes = 64U << 20U;

// Beside the binary when installed, in the source tree when built there.
std::string find_shim() {
    std::error_code failed;
    const auto exe = fs::read_symlink("/proc/self/exe", failed).parent_path();
    for (const auto& candidate : {exe / ".." / "share" / "hlaunch" / "shim", fs::path(HLAUNCH_SHIM_SOURCE)})
        if (fs::exists(candidate / "sitecustomize.py", failed)) return fs::canonical(candidate).string();
    throw infrastructure_error("hlaunch's Python hooks are not beside {} (share/hlaunch/shim); install hlaunch again",
                               exe.string());
}

}  // namespace

namespace {

// JSON carries the paths to the Python hooks, and JSON is UTF-8.
void require_utf8(const std::string& what, const std::string& path) {
    if (path.find('\0') != std::string::npos || decode_utf8(path).find(U'\ufffd') != std::u32string::npos)
        throw usage_error("{} is not UTF-8: rename it, or link to it under a name that is", what);
}

std::string found_nlsq_result(const AnalysisSpec& analysis) {
    auto out = absolute_path(analysis.nlsq_result).string();
    if (!fs::is_regular_file(homodyne::result_file_of(out)))
        throw usage_error(
            "--nlsq-result {} holds no nlsq/parameters.json; give the --output-dir of a homodyne NLSQ run",
            analysis.nlsq_result);
    return out;
}

void check_accepted(const AnalysisSpec& analysis) {
    const auto kind = analysis.posterior.is_exact()                 ? GateKind::exact
                      : analysis.split == homodyne::Split::replicas ? GateKind::replicas
                                                                    : GateKind::shards;
    for (const auto& name : analysis.accepted) {
        if (name == "nlsq") continue;
        if (name == "captured")
            throw usage_error(
                "--accept captured: missing shards cannot be accepted; the same command again draws them");
        const auto all = gates(kind);
        const auto rule = std::ranges::find(all, name, &Gate::name);
        if (rule != all.end() && rule->acceptable) continue;
        if (analysis.posterior.is_automatic() && kind == GateKind::shards) {
            const auto exact = gates(GateKind::exact);
            const auto other = std::ranges::find(exact, name, &Gate::name);
            if (other != exact.end() && other->acceptable) continue;
        }
        std::string known = "nlsq";
        for (const auto& other : all)
            if (other.acceptable && other.name != "captured") known += fmt::format(", {}", other.name);
        throw usage_error("--accept {}: {}; these can be accepted: {}", name,
                          rule == all.end() ? "no such check" : "nothing right can come of it", known);
    }
}

}  // namespace

void check_config_file(const std::string& path) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0)
        throw usage_error("config {}: {}; give the YAML you would give to homodyne with --config", path,
                          std::strerror(errno));
    if (!S_ISREG(info.st_mode))
        throw usage_error("config {} is no file; give the YAML you would give to homodyne", path);
    if (static_cast<std::uint64_t>(info.st_size) > largest_config_bytes)
        throw usage_error("config {} is {}, more than any config; is it the data file?", path,
                          format_bytes(static_cast<std::uint64_t>(info.st_size)));
    if (access(path.c_str(), R_OK) != 0) throw usage_error("config {}: {}", path, std::strerror(errno));
    homodyne::check_is_config(read_text(path), path);
}

homodyne::AnalysisRequest check_request(const AnalysisSpec& analysis, const Environment& environment,
                                        const std::optional<homodyne::ShortRun>& short_run) {
    check_accepted(analysis);
    if (analysis.posterior.is_exact()) {
        if (analysis.split != homodyne::Split::shards)
            throw usage_error("--posterior exact is of all points at once: leave --split and --hooks out");
        if (analysis.mode == homodyne::Mode::nlsq)
            throw usage_error("--mode nlsq makes a fit alone: leave --posterior out, or give --mode cmc-hpc");
    } else if (analysis.posterior.pairs_once) {
        throw usage_error("--pairs once: what NUTS draws counts each pair twice; give --posterior exact with it");
    }
    require_utf8("--config", analysis.config);
    require_utf8("the current folder", fs::current_path().string());
    if (!analysis.config.empty()) check_config_file(analysis.config);
    homodyne::AnalysisRequest out;
    static_cast<homodyne::AnalysisWish&>(out) = analysis;
    out.short_run = short_run;
    if (analysis.learned) out.memory_history = load_memory_history(environment);
    out.shim_dir = find_shim();
    load_libzip();
    out.user_python_path = environment.get("PYTHONPATH").value_or("");
    out.user_xla_flags = environment.get("XLA_FLAGS").value_or("");
    out.jit_cache = jit_cache_place(analysis.jit_cache, environment);
    if (out.app.empty()) throw usage_error("--app is empty; give the command that starts homodyne");
    const auto program = find_program(out.app.front(), environment.get("PATH").value_or(""));
    if (!program)
        throw infrastructure_error(
            "'{}' is not on PATH; activate the environment that has homodyne, or give it with --app", out.app.front());
    // Instances start in folders of their own: a relative program must not depend on where.
    out.app.front() = fs::absolute(*program).string();
    for (auto& word : out.app)
        if (word.find('/') != std::string::npos && !word.starts_with("-") && fs::exists(word))
            word = fs::absolute(word).string();
    if (!out.nlsq_result.empty()) out.nlsq_result = found_nlsq_result(analysis);
    return out;
}

void check_named_inputs(const AnalysisSpec& analysis) {
    check_config_file(analysis.config);
    const auto paths = homodyne::data_paths(read_text(analysis.config));
    if (paths.empty())
        throw usage_error("{}: experimental_data names no data file; set data_folder_path and data_file_name",
                          analysis.config);
    for (const auto& path : paths)
        if (std::error_code failed; !fs::is_regular_file(path, failed))
            throw usage_error("{}: data file {} (experimental_data) {}; relative paths are from the current folder",
                              analysis.config, printable(path),
                              fs::is_directory(path, failed) ? "is a folder" : "is not there");
    if (!analysis.nlsq_result.empty()) static_cast<void>(found_nlsq_result(analysis));
}

namespace {

// What a scheduler writes before a script's first command.
bool holds_only_logs(const fs::path& folder) {
    return std::all_of(fs::directory_iterator(folder), fs::directory_iterator(), [](const auto& entry) {
        const auto name = entry.path().filename().native();
        return name.starts_with("submit") || name.starts_with("slurm-") || name.starts_with("pbs-");
    });
}

}  // namespace

void check_folder_where_needed(const JobOptions& options) {
    if (!options.folder.output.empty()) return;
    if (options.reporting.json)
        throw usage_error("--json needs --output DIR: without it the commands' own output is on standard output");
    if (!options.reporting.json_events.empty())
        throw usage_error("--json-events needs --output DIR: the events are those of its journal");
    if (!options.folder.key_env.empty())
        throw usage_error(
            "--key-env needs --output DIR: without it nothing is kept that another run could be told from");
}

void refuse_kind(std::string_view kind, std::string_view own, const std::string& output) {
    if (kind.empty() || kind == own) return;
    throw usage_error("--output {} holds {}; give another folder for {}, or remove this one (--fresh does not)", output,
                      name_of_kind(kind), own == "run" ? "an analysis" : fmt::format("a {}", own));
}

std::string check_output(const FolderSpec& spec, std::string_view kind) {
    require_utf8("--output", spec.output);
    const auto path = absolute_path(spec.output);
    std::error_code failed;
    if (fs::exists(path, failed)) {
        if (!fs::is_directory(path)) throw usage_error("--output {} is a file; give a folder", spec.output);
        const auto journal = path / "journal.jsonl";
        if (fs::exists(journal, failed) && !fs::is_regular_file(journal, failed))
            throw usage_error("--output {}: its journal.jsonl is no file; give another folder", spec.output);
        // Whoever was killed right after it, or found the disk full, left the lock alone there.
        const auto ours = [&] {
            return fs::exists(path / "journal.jsonl.lock") || fs::exists(path / "journal.jsonl") ||
                   fs::exists(path / "plan.json");
        };
        // Asked again: another worker may have begun between the two looks, and its journal is its first file.
        if (!ours() && !holds_only_logs(path) && !ours())
            throw usage_error("--output {} holds files that are no run of hlaunch; give another folder", spec.output);
        refuse_kind(kind_of_run(RunFolder{path.string()}), kind, spec.output);
    }
    const auto space = free_space(path);
    if (space.read_only)
        throw infrastructure_error("--output {} is on a read-only file system; give another folder", spec.output);
    if (space.bytes < least_free_bytes)
        throw infrastructure_error("--output {} is on a file system with {} left; make room", spec.output,
                                   format_bytes(space.bytes));
    ensure_directory(canonical_path(path));
    if (access(path.c_str(), W_OK | X_OK) != 0)
        throw infrastructure_error("--output {}: {}; give a folder you may write to", spec.output,
                                   std::strerror(errno));
    return fs::canonical(path).string();
}

}  // namespace hlaunch
