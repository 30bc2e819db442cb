// hlaunch merge: one posterior from run folders, shard files or plain homodyne output folders.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

#include "base/error.h"
#include "cli/commands/commands.h"
#include "cli/options/job_options.h"
#include "homodyne/results/outputs_merge.h"
#include "job/posterior/certificate_alone.h"
#include "job/results/weighted_answer.h"
#include "os/files/file.h"
#include "os/host/hwloc_reader.h"
#include "os/process/environment.h"
#include "plan/run_folder.h"
#include "report/merge_text.h"
#include "run/journal/run_kind.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

struct Options {
    std::vector<std::string> inputs;
    std::string output;
    std::string kind;
    std::string priors = "full";
    std::vector<std::string> configs;
    std::vector<std::string> accepted;
    std::string posterior = "consensus";
    std::string nlsq_result;
    JobCommandOptions job;
};

std::vector<fs::path> npz_files(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder))
        // A name with a leading dot is a file that is still being written.
        if (entry.path().extension() == ".npz" && entry.path().filename().string().front() != '.')
            files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

void require_exists(const std::string& input) {
    std::error_code error;
    if (!fs::exists(input, error))
        throw usage_error("{}: no such file or folder; give a run folder, shards or a homodyne output", input);
}

// A run folder (parts/*/shards), a folder of shard files, or one shard file.
std::vector<fs::path> shard_files(const std::string& input) {
    require_exists(input);
    if (!fs::is_directory(input)) return {input};
    std::vector<fs::path> files;
    if (fs::is_directory(fs::path(input) / "parts")) {
        for (const fs::directory_entry& part : fs::directory_iterator(fs::path(input) / "parts"))
            if (fs::is_directory(part.path() / "shards"))
                std::ranges::move(npz_files(part.path() / "shards"), std::back_inserter(files));
    } else if (is_output_folder(input)) {
        throw usage_error(
            "{}: is a plain homodyne output, whose shards were already combined; use --kind "
            "disjoint or "
            "replicas",
            input);
    } else {
        files = npz_files(fs::is_directory(fs::path(input) / "shards") ? fs::path(input) / "shards" : fs::path(input));
    }
    std::ranges::sort(files);
    if (files.empty()) throw usage_error("{}: holds no shard files (parts/*/shards/*.npz or *.npz)", input);
    return files;
}

// A homodyne output folder, a part of a run (out/), a run (its merged/, or for replicas each part's
// out/).
std::vector<fs::path> output_folders(const std::string& input, bool replicas) {
    require_exists(input);
    const fs::path root(input);
    std::vector<fs::path> found;
    if (replicas && fs::is_directory(root / "parts")) {
        for (const fs::directory_entry& part : fs::directory_iterator(root / "parts"))
            if (is_output_folder(part.path() / "out")) found.push_back(part.path() / "out");
        std::ranges::sort(found);
    }
    for (const fs::path& candidate : {root, root / "out", root / "merged"})
        if (found.empty() && fs::is_directory(candidate) && is_output_folder(candidate)) found.push_back(candidate);
    if (found.empty())
        throw usage_error(
            "{}: holds no cmc/samples.npz; give a homodyne output folder, or --kind shards for the "
            "shards "
            "of a run",
            input);
    return found;
}

std::string timestamp() {
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm parts{};
    ::localtime_r(&now, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                       parts.tm_hour, parts.tm_min, parts.tm_sec);
}

// The exact density is that of one analysis: one config, and data that the draws are all of. A run folder has its own.
std::string config_of_density(const Options& options) {
    if (options.configs.size() == 1 && options.kind != "disjoint") return options.configs.front();
    const auto own = RunFolder{options.inputs.front()}.survey().config();
    if (options.configs.empty() && options.inputs.size() == 1 && fs::is_regular_file(own)) return own;
    throw usage_error(
        "--posterior auto weighs draws by the density of one config's data: give --kind shards or replicas, and one "
        "--config");
}

WeightedAnswer settled(const Options& options, const ShardMeta* shards, MergeReport report) {
    auto job = options.job.resolve();
    job.analysis.config = config_of_density(options);
    job.analysis.mode = homodyne::Mode::cmc;
    job.analysis.split = homodyne::Split::shards;
    job.analysis.accepted = options.accepted;
    std::erase_if(job.analysis.accepted, [](const std::string& name) {  // the others are the merge's own
        return std::ranges::find(gates(GateKind::exact), name, &Gate::name) == gates(GateKind::exact).end();
    });
    job.analysis.posterior.kind = homodyne::PosteriorWish::Kind::automatic;
    job.analysis.nlsq_result = options.nlsq_result;
    for (const auto& input : options.inputs)
        if (job.analysis.nlsq_result.empty()) job.analysis.nlsq_result = fit_beside(input);
    return settle_alone(job, read_limited_machine(), Environment::current(), shards, std::move(report));
}

int merge(const Options& options, const CLI::App& app) {
    if (options.output.empty()) throw usage_error("--output is empty; is a variable of your script unset?");
    if (const auto kind = kind_of_run(RunFolder{options.output}); !kind.empty())
        throw usage_error("--output {} holds {}, which a merge must not be mixed with; give another folder",
                          options.output, name_of_kind(kind));
    std::vector<ParameterSpace> configs;
    for (const std::string& config : options.configs) configs.push_back(read_parameter_space(config));
    MergeReport report;
    std::optional<ShardMeta> meta;
    MergedRun run;
    run.timestamp = timestamp();
    if (options.kind == "shards") {
        if (configs.size() > 1) throw usage_error("--kind shards takes one --config: that of the run");
        std::vector<ShardFile> shards;
        for (const std::string& input : options.inputs)
            for (const fs::path& file : shard_files(input)) shards.push_back(load_shard_file(file));
        ShardMergeRequest request;
        if (!configs.empty()) request.config = configs.front();
        request.accepted = options.accepted;
        report = merge_shards(shards, request);
        run.analysis_mode = shards.front().meta->analysis_mode;
        run.n_warmup = shards.front().meta->n_warmup;
        meta = shards.front().meta;
    } else {
        std::vector<OutputFolder> folders;
        for (const std::string& input : options.inputs)
            for (const fs::path& folder : output_folders(input, options.kind == "replicas"))
                folders.push_back(load_output_folder(folder));
        run.analysis_mode = folders.front().analysis_mode;
        run.n_warmup = folders.front().n_warmup;
        report = options.kind == "replicas"
                     ? merge_replica_folders(folders, options.accepted)
                     : merge_disjoint(folders, configs,
                                      options.priors == "tempered" ? PriorTreatment::tempered : PriorTreatment::full,
                                      options.accepted);
    }
    WeightedAnswer answer{.report = std::move(report)};
    if (options.posterior == "auto") answer = settled(options, meta ? &*meta : nullptr, std::move(answer.report));
    report = answer.report;
    write_answer(canonical_path(options.output), answer, run);
    if (app.count("--json") > 0) {
        std::cout << merge_json(report);
    } else {
        std::cout << merge_text(report, options.output);
    }
    for (const Check& check : report.checks)
        if (check.verdict == Verdict::fail)
            std::cerr << fmt::format("hlaunch: merge refused: {} is {:.4g}, limit {:g}: {}\n", check.name, check.value,
                                     check.limit, check.text);
    return static_cast<int>(report.passed() ? ExitCode::ok : ExitCode::failed);
}

}  // namespace

void add_merge_command(CLI::App& app, int& exit_code) {
    CLI::App* command = app.add_subcommand("merge", "Combine posteriors of shards, replicas or disjoint data");
    const auto options = std::make_shared<Options>();
    command->add_option("DIR", options->inputs, "run folders, shard files, or homodyne output folders")->required();
    command->add_option("--output", options->output, "folder for merge.json and cmc/")->required();
    command
        ->add_option("--kind", options->kind,
                     "shards of one run, replicas of one analysis, or disjoint data of one scan")
        ->required()
        ->check(CLI::IsMember({"shards", "replicas", "disjoint"}));
    command
        ->add_option("--priors", options->priors,
                     "disjoint: was each folder run under the full or the tempered prior? (full)")
        ->check(CLI::IsMember({"full", "tempered"}));
    // One value each time: a config must not swallow the folders that follow it.
    command
        ->add_option("--config", options->configs, "homodyne config of the draws; one for all folders or one for each")
        ->allow_extra_args(false);
    command->add_option("--accept", options->accepted, "let this failed check pass; recorded in merge.json")
        ->allow_extra_args(false);
    command
        ->add_option("--posterior", options->posterior,
                     "consensus: the draws as they are combined; auto: weighed by the exact density of the --config's "
                     "data, and replaced by the exact posterior where that does not certify them")
        ->check(CLI::IsMember({"auto", "consensus"}))
        ->capture_default_str();
    command
        ->add_option("--nlsq-result", options->nlsq_result,
                     "auto: the NLSQ fit that homodyne's priors were made of (the one in the folders)")
        ->type_name("DIR");
    options->job.add_to(*command, takes::survey);
    command->footer(
        "Example: hlaunch merge scan_A scan_B --kind disjoint --priors tempered --config A.yaml "
        "--config B.yaml --output merged");
    command->callback([options, command, &exit_code] { exit_code = merge(*options, *command); });
}

}  // namespace hlaunch
