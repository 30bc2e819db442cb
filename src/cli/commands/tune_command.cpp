// hlaunch tune: measures layouts on the user's own data and writes the best into hlaunch.toml.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "cli/commands/commands.h"
#include "cli/options/job_options.h"
#include "cli/options/number_in.h"
#include "cli/options/settings_files.h"
#include "cli/output/terminal.h"
#include "job/measure/tune.h"
#include "job/request/preflight.h"
#include "os/files/file.h"
#include "tune/settings_text.h"

namespace hlaunch {
namespace {

struct TuneOptions {
    JobCommandOptions job;
    TuneWish wish;
    std::string settings_path = "hlaunch.toml";
    bool dry_run = false;
};

// docs/schemas/tune.schema.json
nlohmann::json candidate_json(const Candidate& candidate) {
    auto cpus = nlohmann::json::array();
    for (const auto& placement : candidate.placements) cpus.push_back(placement.cpus.str());
    nlohmann::json out{{"name", candidate.name}, {"per", candidate.per}, {"placements", cpus}};
    out["num_workers"] = candidate.workers ? nlohmann::json(*candidate.workers) : nlohmann::json();
    return out;
}

nlohmann::json tune_json(const std::vector<Candidate>& candidates, const TuneWish& wish) {
    nlohmann::json out{{"format", "hlaunch-tune"},
                       {"version", 1},
                       {"rounds", wish.rounds},
                       {"num_warmup", wish.num_warmup},
                       {"num_samples", wish.num_samples},
                       {"most_seconds", wish.seconds},
                       {"runs", candidates.size() * (wish.rounds + 1)}};
    for (const auto& candidate : candidates) out["candidates"].push_back(candidate_json(candidate));
    return out;
}

void print_json(const nlohmann::json& json) {
    print(json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

std::string dry_text(const std::vector<Candidate>& candidates, const TuneWish& wish) {
    std::string out;
    for (const auto& candidate : candidates) {
        out += fmt::format("{:<12} {} instance{}: CPUs", candidate.name, candidate.placements.size(),
                           candidate.placements.size() == 1 ? "" : "s");
        for (const auto& placement : candidate.placements) out += " " + placement.cpus.str();
        out += "\n";
    }
    return out + fmt::format(
                     "{} layouts, {} rounds and one to compile: {} short runs after one NLSQ; none is started after "
                     "{:.0f} s\n",
                     candidates.size(), wish.rounds, candidates.size() * (wish.rounds + 1), wish.seconds);
}

// Before hours are spent: what would be edited can be read and written.
std::string settings_text(const std::string& path) {
    std::error_code failed;
    if (!std::filesystem::exists(path, failed)) return {};
    static_cast<void>(load_settings_file(path));
    return read_text(path);
}

// True when nothing but what tune may change is changed.
bool changes_only(const std::string& before, const std::string& after, const TunedSettings& tuned,
                  const std::string& path) {
    const auto old_all = Settings::of_text(before, path);
    const auto now_all = Settings::of_text(after, path);
    const auto is_ours = [&](const std::string& key) {
        return key == "run.per" || key == "run.instances" || (tuned.num_workers && key == "run.num_workers");
    };
    for (const auto& [key, setting] : old_all.all())
        if (!is_ours(key) && (now_all.find(key) == nullptr || now_all.find(key)->values != setting.values))
            return false;
    for (const auto& [key, setting] : now_all.all())
        if (!is_ours(key) && old_all.find(key) == nullptr) return false;
    const auto* per = now_all.find("run.per");
    return per != nullptr && per->values.front() == tuned.per && now_all.find("run.instances") == nullptr;
}

std::optional<std::string> edited(const std::string& before, const TunedSettings& tuned, const std::string& path) {
    const auto after = with_tuned(before, tuned);
    try {
        if (after && changes_only(before, *after, tuned, path)) return after;
    } catch (const Error&) {
        return {};  // the edit broke it: not written
    }
    return {};
}

int run(TuneOptions& options) {
    auto job = options.job.resolve();
    if (job.analysis.split != homodyne::Split::shards)
        throw usage_error("tune times the shards of one run: leave --split and --hooks (and run.split) as they are");
    const auto machine = options.job.machine();
    check_config_file(job.analysis.config);
    if (options.dry_run) {
        const auto candidates = candidates_of(options.wish, machine, job, {});
        if (!job.reporting.json) return print(dry_text(candidates, options.wish)), 0;
        return print_json(tune_json(candidates, options.wish)), 0;
    }
    const auto before = settings_text(options.settings_path);
    const auto tuned = tune(options.wish, job, machine, Environment::current());
    const auto verdict = judge(tuned.rates);
    const auto about =
        fmt::format("{}, {} shards, {} draws a chain after {} of warmup, {} rounds, {}\n{}{}{}",
                    utc_text(SystemClock().wall()).substr(0, 10), tuned.num_shards, options.wish.num_samples,
                    options.wish.num_warmup, tuned.rounds, machine.name, rates_table(tuned.rates), verdict.reason,
                    tuned.cut_short.empty() ? "" : "\n" + tuned.cut_short);
    auto json = tune_json(tuned.candidates, options.wish);
    for (std::size_t i = 0; i < tuned.rates.size(); ++i) {
        const auto& rates = tuned.rates[i];
        json["candidates"][i]["draws_per_second"] = rates.draws_per_second;
        json["candidates"][i]["failed"] = rates.failed;
    }
    json["num_shards"] = tuned.num_shards;
    json["reason"] = verdict.reason;
    json["chosen"] = verdict.chosen ? nlohmann::json(tuned.candidates[*verdict.chosen].name) : nlohmann::json();
    json["written"] = nullptr;
    std::string last = options.settings_path + " is left as it is\n";
    int code = 0;
    if (verdict.chosen) {
        const auto& best = tuned.candidates[*verdict.chosen];
        const TunedSettings settings{best.per, best.workers, about};
        if (const auto text = edited(before, settings, options.settings_path)) {
            write_as_named(options.settings_path, *text);
            json["written"] = options.settings_path;
            last = options.settings_path + " is written\n";
        } else {
            last = fmt::format("{} is not edited: its [run] is not plain; put these lines there yourself:\n{}",
                               options.settings_path, tuned_lines(settings));
            code = static_cast<int>(ExitCode::failed);
        }
    }
    if (job.reporting.json)
        print_json(json);
    else
        print(about + "\n" + last);
    if (code != 0 && job.reporting.json) std::fputs(("hlaunch: " + last).c_str(), stderr);
    return code;
}

}  // namespace

void add_tune_command(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<TuneOptions>();
    auto* command = app.add_subcommand("tune", "Measure layouts on your own data; write the best into hlaunch.toml");
    command->add_option("CONFIG", options->job.config, "homodyne's YAML")->required();
    command
        ->add_option("--candidates", options->wish.candidates,
                     "layouts to measure beside the one in force, such as machine,numa,cores:4 or, with 12 workers "
                     "an instance, numa/12; default: those that differ here")
        ->type_name("LIST");
    command->add_option("--rounds", options->wish.rounds, "measurements of each layout, after one that compiles")
        ->check(CLI::Range(1U, 100U))
        ->capture_default_str();
    command->add_option("--draws", options->wish.num_samples, "draws a chain of each shard")
        ->check(CLI::Range(1U, 100000U))
        ->capture_default_str();
    command->add_option("--warmup", options->wish.num_warmup, "warmup draws before them")
        ->check(CLI::Range(1U, 100000U))
        ->capture_default_str();
    command->add_option("--seconds", options->wish.seconds, "start no run after so many")
        ->check(number_in(1.0, 1e6))
        ->capture_default_str();
    command->add_option("-o,--settings", options->settings_path, "the settings file that is written")
        ->type_name("FILE")
        ->capture_default_str();
    command->add_flag("--dry-run", options->dry_run, "list the layouts and the number of runs; start nothing");
    options->job.add_to(*command, takes::tune);
    command->footer(
        "Examples:\n"
        "  hlaunch tune config.yaml --dry-run\n"
        "  hlaunch tune config.yaml --mode cmc-hpc --candidates machine,numa,numa/12");
    command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace hlaunch
