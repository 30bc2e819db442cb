#include "job/nodes/work_sharing.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <iterator>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "base/error.h"
#include "homodyne/plan/planner.h"
#include "homodyne/plan/slices.h"
#include "job/session/interrupts.h"
#include "job/stages/cmc_stage.h"
#include "os/files/file.h"
#include "report/worker_records.h"
#include "run/stage/stage_runner.h"
#include "run/watch/stop_file.h"

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

std::set<unsigned> all_shards(const Sampling& sampling) {
    std::set<unsigned> out;
    for (unsigned shard = 0; shard < sampling.facts.num_shards; ++shard) out.insert(shard);
    return out;
}

void draw(Sampling& sampling, const std::vector<unsigned>& mine) {
    auto& context = sampling.context;
    context.request.captured = all_shards(sampling);
    for (const auto shard : mine) context.request.captured.erase(shard);
    auto plan = sampling.placements;
    homodyne::plan_analysis(plan, context.request, sampling.facts, context.folder);
    write_atomically(context.folder.plan(),
                     to_json(plan).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    for (const auto& stage : plan.stages)
        if (stage.name == "cmc") run_cmc(context, plan, stage, sampling.facts, sampling.key);
}

// While others draw what is missing of those. Whether there was anything to wait for: then something may be free now.
bool wait_for_others(const Sampling& sampling, const Claims& claims, const std::set<unsigned>& missing) {
    for (bool waited = false;; sampling.context.clock.sleep(worker_look)) {
        check(sampling.signals);
        if (take_stop_file(sampling.context.folder.stop())) throw Interrupted{SIGTERM};
        auto drawn = claims.drawn_by_others();
        std::map<std::string, std::set<unsigned>> on_disk;  // by worker
        for (const auto& [shard, worker] : drawn)
            if (!on_disk.contains(worker)) on_disk[worker] = shards_on_disk(RunFolder{sampling.run.worker(worker)});
        std::erase_if(drawn, [&](const auto& entry) {
            return !missing.contains(entry.first) || on_disk[entry.second].contains(entry.first);
        });
        if (drawn.empty()) return waited;
        if (!std::exchange(waited, true))
            sampling.context.display.note(
                fmt::format("hlaunch: waiting for {}, which draws the rest", drawn.begin()->second));
    }
}

// Returns what is captured afterwards. What it could not draw it gives up before it throws.
std::set<unsigned> draw_claimed(Sampling& sampling, Claims& claims, const std::vector<unsigned>& mine) {
    try {
        draw(sampling, mine);
        auto captured = sampling.captured.look();
        // Else this would go on for ever, as what leaves nothing is tried again.
        if (std::none_of(mine.begin(), mine.end(), [&](unsigned shard) { return captured.contains(shard); }))
            throw failure(
                "homodyne ended well, but none of the {} shards that it drew is there and can be read; see {}",
                mine.size(), sampling.context.folder.parts());
        return captured;
    } catch (const Error&) {
        const auto captured = sampling.captured.look();
        std::set<unsigned> failed(mine.begin(), mine.end());
        std::erase_if(failed, [&](unsigned shard) { return captured.contains(shard); });
        claims.give_up(failed);
        throw;
    }
}

// A share of the desk's. What others still hold a claim on (another job on this folder; a rank that has died, until its
// lock is known to be nobody's) is waited for: it is drawn by them, or becomes free. What neither is was given up.
void draw_dealt(Sampling& sampling, Claims& claims, DeskClient& desk, const std::set<unsigned>& dealt) {
    auto& clock = sampling.context.clock;
    const auto began = clock.now();
    std::set<unsigned> captured;
    const auto report = [&] {
        std::vector<std::uint64_t> well, badly;
        for (const auto shard : dealt) (captured.contains(shard) ? well : badly).push_back(shard);
        desk.ended(well, std::chrono::duration<double>(clock.now() - began).count());
        desk.failed(badly);
    };
    try {
        for (bool last_look = false;;) {
            std::set<unsigned> missing;
            const auto mine = claims.take([&](const std::set<unsigned>& taken) {
                captured = sampling.captured.look();
                std::ranges::set_difference(dealt, captured, std::inserter(missing, missing.end()));
                std::vector<unsigned> out;
                std::ranges::set_difference(missing, taken, std::back_inserter(out));
                return out;
            });
            // Whose claim was seen may have gone in between: one more look before it is nobody's.
            if (!mine.empty())
                captured = draw_claimed(sampling, claims, mine);
            else if (missing.empty())
                return report();
            else if (wait_for_others(sampling, claims, missing))
                last_look = false;
            else if (std::exchange(last_look, true))
                return report();
        }
    } catch (const Error&) {
        captured = sampling.captured.look();
        report();
        throw;
    }
}

}  // namespace

void sample_with_others(Sampling& sampling, Claims& claims) {
    bool first = true, last_look = false;
    static_cast<void>(sampling.captured.look());  // what is there is read before others wait for the lock of the claims
    for (;;) {
        const auto mine = claims.take(
            [&](const std::set<unsigned>& taken) { return choose(sampling, sampling.captured.look(), taken, first); });
        first = false;
        if (mine.empty()) {
            if (!sampling.stay) return;
            if (wait_for_others(sampling, claims, all_shards(sampling)))
                last_look = false;
            else if (std::exchange(last_look, true))
                return;
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
    const auto captured = sampling.captured.look();
    if (sampling.rank.rank == 0) {
        std::vector<DeskClient::Offered> parts;
        for (unsigned shard = 0; shard < sampling.facts.num_shards; ++shard)
            if (!captured.contains(shard)) parts.push_back({shard, sampling.facts.shards[shard].cost});
        desk.offer("shard", parts);
    }
    for (;;) {
        const auto dealt = desk.take("shard", drawn_at_once(sampling), true, patience);
        if (dealt.empty()) return;
        draw_dealt(sampling, claims, desk, {dealt.begin(), dealt.end()});
    }
}

}  // namespace hlaunch
