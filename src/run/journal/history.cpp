#include "run/journal/history.h"

#include <algorithm>

#include "run/journal/run_kind.h"

namespace hlaunch {

// Null where no scan has this number.
FormerStage* RunHistory::stage_of(std::optional<unsigned> scan, const std::string& stage, const Event& event) {
    const auto found = scan_by_part.find(scan.value_or(0));
    if (found == scan_by_part.end()) return nullptr;
    const auto& [part, name, key, posterior_key] = found->second;
    auto& out = scan_stages[{name, stage == "posterior" ? key + " " + posterior_key : key, stage}];
    out.time = event.time;
    out.host = host;
    return &out;
}

void RunHistory::take(const events::End& end, const Event& event) {
    if (end.stage.empty()) return;
    const bool done = end.outcome == Outcome::done;
    const auto part = end.part.value_or(0);
    const auto seconds = end.seconds.value_or(0.0), cost = end.cost.value_or(0.0);
    if (done && cost > 0.0) {
        auto& slowest = seconds_per_cost[end.stage];
        slowest = std::max(slowest, seconds / cost);
    }
    if (scan_by_part.empty()) {
        // Journals of earlier versions know the status alone.
        instances[{end.stage, part}] = {.ended_well = end.status == "exit code 0", .proof = end.proof};
        if (done && end.stage == "command" && part < command_keys.size()) commands_done[command_keys[part]] = end;
        return;
    }
    auto* stage = end.again ? nullptr : stage_of(end.part, end.stage, event);
    if (stage == nullptr) return;
    stage->outcome = end.outcome == Outcome::stopped ? std::nullopt : end.outcome;
    if (done) stage->why.clear();
    stage->seconds = seconds;
    stage->cpu_seconds = end.cpu_seconds.value_or(0.0);
}

void RunHistory::take(const Event& event) {
    ends_with_it = false;
    if (const auto* end = event.as<events::End>()) return take(*end, event);
    if (const auto* start = event.as<events::Start>()) {
        const auto found = instances.find({start->stage, start->part.value_or(0)});
        if (found != instances.end()) found->second.ended_well = false;
        return;
    }
    const auto kind = kind_of_event(event);
    if (!kind.empty() && std::ranges::find(kinds, kind) == kinds.end()) kinds.push_back(kind);
    if (const auto* run = event.as<events::Run>()) identities.push_back(run->identity);
    if (const auto* queue = event.as<events::Queue>(); queue && !queue->keyed) hashed_without_secret = true;
    if (const auto* command = event.as<events::Command>()) {
        command_keys = command->keys;
        if (!command->keyed) hashed_without_secret = true;
    }
    if (const auto* campaign = event.as<events::Campaign>()) host = campaign->host;
    if (const auto* scan = event.as<events::Scan>()) {
        scans[scan->name] = scan->part;
        scan_by_part[scan->part] = *scan;
    }
    if (const auto* unfit = event.as<events::Unfit>())
        if (auto* stage = stage_of(unfit->part, unfit->stage, event)) stage->why = unfit->why;
    if (const auto* good = event.as<events::Checked>()) {
        checked.emplace(good->stage, good->hash);
        if (auto* stage = stage_of(good->part, good->stage, event)) {
            stage->hash = good->hash;
            stage->outcome = Outcome::done;  // what ended badly is not found good
        }
    }
    if (const auto* fit = event.as<events::Fitted>()) fitted.emplace(fit->stage, fit->hash);
    if (const auto* draws = event.as<events::Evaluated>())
        evaluated[draws->hash] = evaluated[draws->hash] || draws->plots;
    if (const auto* peak = event.as<events::Memory>()) memory[{peak->stage, peak->part}] = *peak;
    if (const auto* ready = event.as<events::Prepared>()) prepared = *ready;
    if (const auto* posterior = event.as<events::Sampled>()) sampled.push_back(*posterior);
    if (const auto* start = event.as<events::Worker>()) {
        worker = *start;
        host = start->host;
        ending = {};
    }
    ends_with_it = event.as<events::Failed>() || event.as<events::Interrupted>() || event.as<events::Worked>();
    if (ends_with_it) ending = event;
}

std::optional<double> RunHistory::expected_seconds(const std::string& stage, double cost) const {
    const auto found = seconds_per_cost.find(stage);
    if (found == seconds_per_cost.end() || found->second <= 0.0 || cost <= 0.0) return std::nullopt;
    return cost * found->second;
}

}  // namespace hlaunch
