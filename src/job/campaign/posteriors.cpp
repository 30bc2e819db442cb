#include "job/campaign/posteriors.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "homodyne/plan/forecast.h"
#include "homodyne/plan/planner.h"
#include "job/campaign/fits.h"
#include "job/posterior/exact_posterior.h"
#include "job/posterior/posterior_run.h"
#include "job/results/nlsq_fit.h"
#include "job/rounds/scan_rounds.h"
#include "job/session/stage_instance.h"
#include "os/files/file.h"

namespace hlaunch {
namespace {

std::string identity_file(const PartFolder& posterior) {
    return posterior.root + "/of";
}

}  // namespace

// Made by the thread of the launcher, then the worker thread's own until that has ended.
struct CampaignPosteriors::Job {
    PosteriorTask task;
    std::string merged;         // where the result goes
    std::string analysis_mode;  // as the survey says
    PartFolder folder;
    std::string cache;
    unsigned again = 0;
    std::string why;
};

std::string identity_of_posterior(const CampaignScan& scan, const std::string& fit_hash) {
    return fmt::format("{} {} {}", scan.row.key, scan.posterior_key, fit_hash);
}

bool is_posterior_of(const PartFolder& posterior, const std::string& identity) {
    return try_read_text(identity_file(posterior)) == identity;
}

CampaignPosteriors::CampaignPosteriors(JobContext& context, const Plan& plan, Launcher& kept)
    : context_(context),
      plan_(plan),
      launcher_(kept, [this](unsigned slot, const TreeSpec& spec) { return work_in(slot, spec); }) {}

StageInstance CampaignPosteriors::instance(const CampaignScan& scan, unsigned placement) {
    const auto& name = scan.row.scan.name;
    const auto nlsq = context_.folder.scan_nlsq(name), folder = context_.folder.scan_posterior(name);
    const auto merged = context_.folder.scan_merged(name);
    const auto identity = identity_of_posterior(scan, hash_of_fit(nlsq));
    if (!is_posterior_of(folder, identity)) {
        remove_whole(merged);
        remove_whole(folder.root);
    }
    // A refusal of a former try is none of this one.
    remove_whole(merged + "/merge.json");
    for (const auto& log : {folder.stdout_log(), folder.stderr_log()}) remove_whole(log);
    ensure_directory(folder.work());
    write_atomically(identity_file(folder), identity);
    auto job = std::make_shared<Job>();
    job->merged = merged;
    job->analysis_mode = scan.facts ? scan.facts->analysis_mode : "";
    job->folder = folder;
    job->cache = nlsq.cache();
    job->again = context_.limits.retries.after(Outcome::lost);
    job->task = {.wish = context_.analysis.posterior,
                 .fit = posterior_fit(nlsq, context_.analysis),
                 .config = nlsq.config(),
                 .folder = folder.root,
                 .key = identity,
                 .accepted = accepted_in_merge(context_.analysis, GateKind::exact),
                 .tell = [](const std::string&) {}};  // of many scans at a time: merge.json has its steps
    jobs_[placement] = job;
    jobs_by_scan_[name] = std::move(job);
    const auto& where = plan_.placements.at(placement);
    auto out =
        to_stage_instance(context_, plan_, homodyne::bare_instance(where, folder, context_.request), folder, name);
    out.memory_bytes = where.memory_bytes;
    return out;
}

RoundsLauncher::Work CampaignPosteriors::work_in(unsigned slot, const TreeSpec& spec) const {
    return [job = jobs_.at(slot), spec, &clock = context_.clock](Rounds& rounds) {
        ScanRounds runner(rounds, spec, job->folder.task(), job->cache, job->again);
        try {
            PosteriorWorkers workers(runner, clock, job->task);
            auto answer = sample_posterior(workers, {});
            MergedRun run;
            run.analysis_mode = job->analysis_mode;
            run.timestamp = utc_text(clock.wall());
            const auto outcome = hand_on(job->merged, std::move(answer), run);
            runner.forget();
            return ExitStatus{.signalled = false, .code = outcome.passed ? 0 : 1};
        } catch (const Error& error) {
            job->why = error.what();
            return ExitStatus{.signalled = false, .code = static_cast<int>(error.code())};
        }
    };
}

std::string CampaignPosteriors::why(const CampaignScan& scan) const {
    const auto found = jobs_by_scan_.find(scan.row.scan.name);
    return found == jobs_by_scan_.end() ? "" : found->second->why;
}

void CampaignPosteriors::tidy(const CampaignScan& scan) const {
    const auto folder = context_.folder.scan_posterior(scan.row.scan.name);
    for (const auto* part : {"/points", "/rounds", "/round", "/work", "/out"}) remove_whole(folder.root + part);
}

}  // namespace hlaunch
