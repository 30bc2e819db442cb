#include "job/worker_sampling.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <set>
#include <utility>
#include <vector>

#include "base/error.h"
#include "homodyne/planner.h"
#include "homodyne/slices.h"
#include "job/merge_step.h"
#include "job/short_runs.h"
#include "job/stages.h"
#include "os/file.h"
#include "report/worker_records.h"
#include "run/stage_runner.h"
#include "run/stop_file.h"

namespace hlaunch {
namespace {

constexpr auto look = std::chrono::seconds(1);

// Longest first over all ranks, the same on each; later whatever is left, so much at a time as runs at once.
std::vector<unsigned> choose(const Sampling& sampling, const std::set<unsigned>& captured,
                             const std::set<unsigned>& taken, bool first) {
    std::vector<unsigned> todo;
    std::vector<double> costs;
    for (unsigned shard = 0; shard < sampling.facts.num_shards; ++shard)
        if (!captured.contains(shard)) todo.push_back(shard), costs.push_back(sampling.facts.shards[shard].cost);
    std::vector<unsigned> out;
    if (first) {
        const std::vector<double> alike(sampling.rank.ranks, 1.0);
        out = homodyne::deal_shards(todo, costs, alike)[sampling.rank.rank];
        std::erase_if(out, [&](unsigned shard) { return taken.contains(shard); });
        if (!out.empty()) return out;
    }
    std::erase_if(todo, [&](unsigned shard) { return taken.contains(shard); });
    std::stable_sort(todo.begin(), todo.end(), [&](unsigned a, unsigned b) {
        return sampling.facts.shards[a].cost > sampling.facts.shards[b].cost;
    });
    std::size_t at_once = 0;
    for (const auto& placement : sampling.placements.placements)
        at_once += homodyne::planned_workers(placement, sampling.context.request, sampling.facts);
    todo.resize(std::min(todo.size(), at_once));
    return todo;
}

void draw(Sampling& sampling, const std::vector<unsigned>& mine) {
    auto& context = sampling.context;
    context.request.captured.clear();
    for (unsigned shard = 0; shard < sampling.facts.num_shards; ++shard) context.request.captured.insert(shard);
    for (const auto shard : mine) context.request.captured.erase(shard);
    auto plan = sampling.placements;
    homodyne::plan_analysis(plan, context.request, sampling.facts, context.folder);
    write_atomically(context.folder.plan(),
                     to_json(plan).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    for (const auto& stage : plan.stages)
        if (stage.name == "cmc") run_cmc(context, plan, stage, sampling.facts, sampling.key);
}

// While others draw what is missing. Whether there was anything to wait for: then something may be free now.
bool wait_for_others(const Sampling& sampling, const Claims& claims) {
    for (bool waited = false;; sampling.context.clock.sleep(look)) {
        check(sampling.signals);
        if (take_stop_file(sampling.context.folder.stop())) throw Interrupted{SIGTERM};
        auto drawn = claims.drawn_by_others();
        std::erase_if(drawn, [&](const auto& entry) {
            return shards_on_disk(RunFolder{sampling.run.worker(entry.second)}).contains(entry.first);
        });
        if (drawn.empty()) return waited;
        if (!std::exchange(waited, true))
            sampling.context.display.note(
                fmt::format("hlaunch: waiting for {}, which draws the rest", drawn.begin()->second));
    }
}

}  // namespace

void sample_with_others(Sampling& sampling, Claims& claims) {
    std::set<unsigned> captured;
    const auto look_again = [&] {
        captured = captured_shards(sampling.context, sampling.run, sampling.key, sampling.facts.num_shards);
    };
    bool first = true;
    for (;;) {
        const auto mine = claims.take([&](const std::set<unsigned>& taken) {
            look_again();
            return choose(sampling, captured, taken, first);
        });
        first = false;
        if (mine.empty()) {
            if (!sampling.stay || !wait_for_others(sampling, claims)) return;
            continue;
        }
        try {
            draw(sampling, mine);
            // Else this would go on for ever, as what leaves nothing is tried again.
            look_again();
            if (std::none_of(mine.begin(), mine.end(), [&](unsigned shard) { return captured.contains(shard); }))
                throw failure(
                    "homodyne ended well, but none of the {} shards that it drew is there and can be read; see {}",
                    mine.size(), sampling.context.folder.parts());
        } catch (const Error&) {
            look_again();
            std::set<unsigned> failed(mine.begin(), mine.end());
            std::erase_if(failed, [&](unsigned shard) { return captured.contains(shard); });
            claims.give_up(failed);
            throw;
        }
    }
}

}  // namespace hlaunch
