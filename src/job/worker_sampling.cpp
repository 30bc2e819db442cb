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

unsigned drawn_at_once(const Sampling& sampling) {
    unsigned out = 0;
    for (const auto& placement : sampling.placements.placements)
        out += homodyne::planned_workers(placement, sampling.context.request, sampling.facts);
    return std::max(1U, out);
}

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
    todo.resize(std::min<std::size_t>(todo.size(), drawn_at_once(sampling)));
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
    for (bool waited = false;; sampling.context.clock.sleep(worker_look)) {
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

std::set<unsigned> captured_now(const Sampling& sampling) {
    return captured_shards(sampling.context, sampling.run, sampling.key, sampling.facts.num_shards);
}

// Returns what is captured afterwards. What it could not draw it gives up before it throws.
std::set<unsigned> draw_claimed(Sampling& sampling, Claims& claims, const std::vector<unsigned>& mine) {
    try {
        draw(sampling, mine);
        auto captured = captured_now(sampling);
        // Else this would go on for ever, as what leaves nothing is tried again.
        if (std::none_of(mine.begin(), mine.end(), [&](unsigned shard) { return captured.contains(shard); }))
            throw failure(
                "homodyne ended well, but none of the {} shards that it drew is there and can be read; see {}",
                mine.size(), sampling.context.folder.parts());
        return captured;
    } catch (const Error&) {
        const auto captured = captured_now(sampling);
        std::set<unsigned> failed(mine.begin(), mine.end());
        std::erase_if(failed, [&](unsigned shard) { return captured.contains(shard); });
        claims.give_up(failed);
        throw;
    }
}

}  // namespace

void sample_with_others(Sampling& sampling, Claims& claims) {
    bool first = true;
    for (;;) {
        const auto mine = claims.take(
            [&](const std::set<unsigned>& taken) { return choose(sampling, captured_now(sampling), taken, first); });
        first = false;
        if (mine.empty()) {
            if (!sampling.stay || !wait_for_others(sampling, claims)) return;
            continue;
        }
        static_cast<void>(draw_claimed(sampling, claims, mine));
    }
}

void sample_from_desk(Sampling& sampling, Claims& claims, DeskClient& desk) {
    auto& context = sampling.context;
    const auto patience = [&] {
        check(sampling.signals);
        if (take_stop_file(context.folder.stop())) throw Interrupted{SIGTERM};
    };
    if (sampling.rank.rank == 0) {
        const auto captured = captured_now(sampling);
        std::vector<DeskClient::Offered> parts;
        for (unsigned shard = 0; shard < sampling.facts.num_shards; ++shard)
            if (!captured.contains(shard)) parts.push_back({shard, sampling.facts.shards[shard].cost});
        desk.offer("shard", parts);
    }
    for (;;) {
        const auto dealt = desk.take("shard", drawn_at_once(sampling), true, patience);
        if (dealt.empty()) return;
        std::set<unsigned> captured;
        const auto mine = claims.take([&](const std::set<unsigned>& taken) {
            captured = captured_now(sampling);
            std::vector<unsigned> out;
            for (const auto id : dealt)
                if (const auto shard = static_cast<unsigned>(id); !captured.contains(shard) && !taken.contains(shard))
                    out.push_back(shard);
            return out;
        });
        const auto began = context.clock.now();
        const auto report = [&] {
            std::vector<std::uint64_t> well, badly;
            for (const auto id : dealt) {
                // What another job draws is not ours to report on: the merge will tell.
                const bool drawn_here = std::ranges::count(mine, id) > 0;
                (captured.contains(static_cast<unsigned>(id)) || !drawn_here ? well : badly).push_back(id);
            }
            desk.ended(well, mine.empty() ? 0.0 : std::chrono::duration<double>(context.clock.now() - began).count());
            desk.failed(badly);
        };
        try {
            if (!mine.empty()) captured = draw_claimed(sampling, claims, mine);
        } catch (const Error&) {
            captured = captured_now(sampling);
            report();
            throw;
        }
        report();
    }
}

}  // namespace hlaunch
