#include "job/campaign_record.h"

#include <algorithm>

#include "run/json_fields.h"
#include "run/worker_runs.h"

namespace hlaunch {

namespace {

unsigned part_in(const nlohmann::json& event) {
    return static_cast<unsigned>(std::min<std::uint64_t>(count_in(event, "part"), 1U << 24U));
}

struct Known {
    std::string name, host;
    const nlohmann::json* event;
};

}  // namespace

CampaignRecord::CampaignRecord(const std::vector<std::vector<nlohmann::json>>& journals) {
    std::vector<Known> known;
    for (std::size_t i = 0; i < journals.size(); ++i) {
        std::map<unsigned, std::string> names;
        std::string host;
        for (const auto& event : journals[i]) {
            const auto what = text_in(event, "event");
            if (what == "worker") host = text_in(event, "host");
            if (what == "scan") names[part_in(event)] = text_in(event, "name");
            const auto found = names.find(part_in(event));
            if (found != names.end()) known.push_back({found->second, host, &event});
        }
        for (const auto& [part, name] : names) {
            if (i > 0) break;
            parts_[name] = part;
            next_part_ = std::max(next_part_, part + 1);
        }
    }
    // A scan may have been one rank's at one start and another's at the next.
    std::stable_sort(known.begin(), known.end(), [](const Known& a, const Known& b) {
        return text_in(*a.event, "time") < text_in(*b.event, "time");
    });
    for (const auto& [name, host, event] : known) take(name, host, *event);
}

void CampaignRecord::take(const std::string& name, const std::string& host, const nlohmann::json& event) {
    const auto what = text_in(event, "event");
    if (what == "scan") {
        const auto key = text_in(event, "key");
        auto& scan = scans_[name];
        if (scan.key != key) scan.stages.clear();
        scan.key = key;
        return;
    }
    if (what != "end" && what != "checked" && what != "unfit") return;
    auto& stage = scans_[name].stages[text_in(event, "stage")];
    if (what == "checked") stage.hash = text_in(event, "hash");
    if (what == "unfit") stage.why = text_in(event, "why");
    if (what != "end" || flag_in(event, "again")) return;
    stage.outcome = parse_outcome(text_in(event, "outcome"));
    if (stage.outcome == Outcome::stopped) stage.outcome.reset();
    stage.seconds = number_in(event, "seconds").value_or(0.0);
    stage.cpu_seconds = number_in(event, "cpu_seconds").value_or(0.0);
    stage.time = text_in(event, "time");
    stage.host = host;
}

unsigned CampaignRecord::part_of(const std::string& name) {
    const auto [at, fresh] = parts_.try_emplace(name, next_part_);
    if (fresh) ++next_part_;
    return at->second;
}

FormerStage CampaignRecord::stage(const std::string& name, const std::string& key, const std::string& stage) const {
    const auto scan = scans_.find(name);
    if (scan == scans_.end() || scan->second.key != key) return {};
    const auto found = scan->second.stages.find(stage);
    return found == scan->second.stages.end() ? FormerStage() : found->second;
}

CampaignRecord record_of(const RunFolder& run, std::vector<nlohmann::json> own) {
    std::vector<std::vector<nlohmann::json>> journals{own.empty() ? events_of(run) : std::move(own)};
    for (const auto& worker : worker_runs(run)) journals.push_back(events_of(worker));
    return CampaignRecord(journals);
}

}  // namespace hlaunch
