#include "job/campaign/history.h"

#include <algorithm>

#include "base/json_fields.h"
#include "run/journal/worker_runs.h"

namespace hlaunch {

namespace {

unsigned part_in(const nlohmann::json& event) {
    return static_cast<unsigned>(std::min<std::uint64_t>(count_in(event, "part"), 1U << 24U));
}

void take(FormerStage& stage, const nlohmann::json& event, const std::string& host) {
    const auto what = text_in(event, "event");
    stage.time = text_in(event, "time");
    stage.host = host;
    if (what == "unfit") stage.why = text_in(event, "why");
    if (what == "checked") {
        stage.hash = text_in(event, "hash");
        stage.outcome = Outcome::done;  // what ended badly is not found good
    }
    if (what != "end") return;
    stage.outcome = parse_outcome(text_in(event, "outcome"));
    if (stage.outcome == Outcome::stopped) stage.outcome.reset();
    if (stage.outcome == Outcome::done) stage.why.clear();
    stage.seconds = number_in(event, "seconds").value_or(0.0);
    stage.cpu_seconds = number_in(event, "cpu_seconds").value_or(0.0);
}

}  // namespace

CampaignRecord::CampaignRecord(const std::vector<std::vector<nlohmann::json>>& journals) {
    for (const auto& journal : journals) journals_.push_back(stages_of(journal));
    if (journals.empty()) return;
    for (const auto& event : journals.front()) {
        if (text_in(event, "event") != "scan") continue;
        parts_[text_in(event, "name")] = part_in(event);
        next_part_ = std::max(next_part_, part_in(event) + 1);
    }
}

CampaignRecord::Stages CampaignRecord::stages_of(const std::vector<nlohmann::json>& journal) {
    Stages out;
    std::map<unsigned, Which> scans;
    std::map<unsigned, std::string> posterior_keys;
    std::string host;
    for (const auto& event : journal) {
        const auto what = text_in(event, "event");
        if (what == "worker" || what == "campaign") host = text_in(event, "host");
        if (what == "scan") {
            scans[part_in(event)] = {text_in(event, "name"), text_in(event, "key"), ""};
            posterior_keys[part_in(event)] = text_in(event, "posterior_key");
        }
        if ((what != "end" && what != "checked" && what != "unfit") || flag_in(event, "again")) continue;
        const auto scan = scans.find(part_in(event));
        if (scan == scans.end()) continue;
        const auto stage = text_in(event, "stage");
        const auto more = stage == "posterior" ? " " + posterior_keys[scan->first] : "";
        take(out[{scan->second.name, scan->second.key + more, stage}], event, host);
    }
    return out;
}

unsigned CampaignRecord::part_of(const std::string& name) {
    const auto [at, fresh] = parts_.try_emplace(name, next_part_);
    if (fresh) ++next_part_;
    return at->second;
}

FormerStage CampaignRecord::stage(const std::string& name, const std::string& key, const std::string& stage,
                                  const std::string& hash_on_disk) const {
    FormerStage out;
    const auto is_on_disk = [&](const FormerStage& one) {
        return !hash_on_disk.empty() && one.outcome == Outcome::done && one.hash == hash_on_disk;
    };
    for (const auto& stages : journals_) {
        const auto found = stages.find({name, key, stage});
        if (found == stages.end()) continue;
        const auto& one = found->second;
        const bool better = is_on_disk(one) != is_on_disk(out) ? is_on_disk(one) : one.time > out.time;
        if (better) out = one;
    }
    return out;
}

CampaignRecord record_of(const RunFolder& run, std::vector<nlohmann::json> own) {
    std::vector<std::vector<nlohmann::json>> journals{own.empty() ? events_of(run) : std::move(own)};
    for (const auto& worker : worker_runs(run)) journals.push_back(events_of(worker));
    return CampaignRecord(journals);
}

}  // namespace hlaunch
