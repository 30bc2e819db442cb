#include "job/nodes/posterior_worker.h"

#include <fmt/format.h>

#include <csignal>
#include <string>
#include <utility>

#include "base/error.h"
#include "job/analysis/analysis.h"
#include "job/analysis/sampled_event.h"
#include "job/request/content_hash.h"
#include "job/session/interrupts.h"
#include "run/journal/journal_lock.h"
#include "run/journal/worker_runs.h"
#include "run/stage/stage_runner.h"

namespace hlaunch {
namespace {

constexpr auto look = std::chrono::milliseconds(500);
constexpr auto head_start = std::chrono::seconds(3);  // of rank 0, where all are started at once

// Who led and was killed left no word. A stop of the leader is one of the run.
void end_as_the_leader(const RunHistory& history) {
    if (!history.ends_with_it) return;
    if (const auto* failed = history.ending.as<events::Failed>())
        throw failure("the exact posterior was not sampled: {}", failed->why);
    if (const auto* interrupted = history.ending.as<events::Interrupted>()) throw Interrupted{interrupted->signal};
}

}  // namespace

int work_on_posterior(const PosteriorWork& work) {
    const auto config_hash = hash_file(work.options.analysis.config);
    const WorkOrder order{.steps = Steps::sample,
                          .placements_in_all = work.placements_in_all,
                          .shares_rounds = true,
                          .local_rank = work.rank.local_rank,
                          .local_ranks = work.rank.local_ranks};
    const auto began = work.clock.now();
    for (bool served = false;; work.clock.sleep(look)) {
        check(work.signals);
        if (lock_status(work.run.lock()).state != LockState::free) {
            if (!std::exchange(served, true)) work.display.note("hlaunch: another worker leads; this one answers it");
            if (const int code = work.serve(); code != 0) return code;
        }
        const auto history = history_of(work.run);
        if (is_sampled(history, work.options.analysis, config_hash)) return static_cast<int>(ExitCode::ok);
        if (served) end_as_the_leader(history);
        if (!served && work.rank.rank > 0 && work.clock.now() - began < head_start) continue;
        if (served) work.display.note("hlaunch: who led is gone; this worker goes on from the last round");
        try {
            run_checked(work.options, order, work.machine, work.environment, work.signals);
            return static_cast<int>(ExitCode::ok);
        } catch (const Error&) {
            // Another was faster, between our look and our start.
            if (lock_status(work.run.lock()).state == LockState::free) throw;
        }
    }
}

}  // namespace hlaunch
