#include "job/measure/tune.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "base/error.h"
#include "homodyne/results/shard_file.h"
#include "job/analysis/analysis.h"
#include "job/analysis/survey_alone.h"
#include "job/measure/short_runs.h"
#include "job/session/interrupts.h"
#include "os/files/file.h"
#include "os/files/temporary_folder.h"
#include "plan/run_folder.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

double seconds_since_epoch(const fs::path& path) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) throw infrastructure_error("{} is gone", path.string());
    return static_cast<double>(status.st_mtim.tv_sec) + 1e-9 * static_cast<double>(status.st_mtim.tv_nsec);
}

// A shard's file is written as the shard ends, and tells how long it took.
double rate_of(const std::string& folder, unsigned num_shards) {
    double draws = 0.0, longest = 0.0;
    unsigned shards = 0;
    for (const auto& part : fs::directory_iterator(fs::path(folder) / "parts")) {
        const PartFolder part_folder{part.path().string()};
        std::vector<Interval> under_way;
        for (const auto& file : fs::directory_iterator(part_folder.shards())) {
            if (file.path().extension() != ".npz") continue;
            const auto shard = load_shard_file(file.path());
            if (!shard.meta || !(shard.meta->duration_s > 0.0))
                throw failure("shard {} does not tell how long it took", shard.shard);
            const double end = seconds_since_epoch(file.path());
            under_way.push_back({end - shard.meta->duration_s, end});
            draws += static_cast<double>(shard.columns.values.rows());
            ++shards;
        }
        longest = std::max(longest, covered_seconds(std::move(under_way)));
    }
    if (shards != num_shards) throw failure("{} of {} shards ended well", shards, num_shards);
    return draws / longest;
}

}  // namespace

std::vector<Candidate> candidates_of(const TuneWish& wish, const Machine& machine, const JobOptions& options,
                                     std::optional<unsigned> yaml_workers) {
    const auto workers = options.analysis.num_workers ? options.analysis.num_workers : yaml_workers;
    return wish.candidates.empty() ? usual_candidates(machine, options.placements, workers)
                                   : named_candidates(wish.candidates, machine, options.placements, workers);
}

Tuned tune(const TuneWish& wish, const JobOptions& options, const Machine& machine, const Environment& environment) {
    if (machine.foreign)
        throw usage_error("layouts are measured on the machine they are for: --topology goes with --dry-run only");
    const BlockedSignals signals;
    const auto began = std::chrono::steady_clock::now();
    const auto gone_s = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count(); };
    auto local = options;
    WorkOrder order{.steps = Steps::sample,
                    .short_run = homodyne::ShortRun{.num_warmup = wish.num_warmup, .num_samples = wish.num_samples}};
    local.reporting.quiet = true;
    local.reporting.json = local.analysis.learned = false;
    std::size_t most = 1;
    const auto first = candidates_of(wish, machine, options, {});
    if (first.size() < 2)
        throw usage_error(
            "there is one layout only, the one in force: nothing to compare; name others with --candidates");
    for (const auto& candidate : first) most = std::max(most, candidate.placements.size());
    say(options.reporting, "hlaunch: reading the config and its data");
    const auto facts =
        survey_alone(local, machine, environment, static_cast<unsigned>(most), {}, order.short_run).facts;
    if (!facts.known)
        throw usage_error("homodyne {} is no version whose shards can be timed; nothing to tune", facts.version);
    if (!homodyne::wants_cmc(options.analysis.mode, facts.yaml_method))
        throw usage_error("{} runs NLSQ alone, on one placement: nothing to tune; give --mode cmc",
                          options.analysis.config);
    // The same shards for all, as many as the layout with the most instances would have cut.
    order.short_run->num_shards = facts.num_shards;
    Tuned out;
    out.num_shards = facts.num_shards;
    out.candidates = candidates_of(wish, machine, options, facts.num_workers);
    for (const auto& candidate : out.candidates) out.rates.push_back({candidate.name, {}, ""});

    const TemporaryFolder temporary("tune");
    if (local.analysis.nlsq_result.empty()) {
        say(options.reporting, "hlaunch: nlsq, once for all layouts");
        local.analysis.nlsq_result =
            run_nlsq_once(local, order.short_run, temporary.path(), machine, environment, signals);
    }
    for (unsigned round = 0; round <= wish.rounds && out.cut_short.empty(); ++round) {
        for (std::size_t i = 0; i < out.candidates.size(); ++i) {
            const auto& candidate = out.candidates[i];
            if (!out.rates[i].failed.empty()) continue;
            if (gone_s() > wish.seconds) {
                out.cut_short = fmt::format("stopped after {:.0f} s (--seconds)", gone_s());
                break;
            }
            say(options.reporting,
                fmt::format("hlaunch: {} {}", candidate.name,
                            round == 0 ? "compiles" : fmt::format("round {} of {}", round, wish.rounds)));
            local.placements = candidate.request;
            if (candidate.workers)
                local.analysis.num_workers = candidate.workers;
            else
                local.analysis.num_workers = options.analysis.num_workers;
            local.folder.output = temporary.path() + "/run";
            try {
                run_checked(local, order, machine, environment, signals);
                const auto rate = rate_of(local.folder.output, facts.num_shards);
                if (round > 0) out.rates[i].draws_per_second.push_back(rate);
            } catch (const Error& error) {
                if (i == 0) throw;  // what is in force does not run: that comes first
                out.rates[i].failed = error.what();
            }
            remove_whole(local.folder.output);
        }
        if (out.cut_short.empty()) out.rounds = round;
    }
    return out;
}

}  // namespace hlaunch
