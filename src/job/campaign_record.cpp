#include "job/campaign_record.h"

#include <algorithm>

#include "run/json_fields.h"

namespace hlaunch {

CampaignRecord::CampaignRecord(const std::vector<nlohmann::json>& events) {
    for (const auto& event : events) take(event);
}

void CampaignRecord::take(const nlohmann::json& event) {
    const auto what = text_in(event, "event");
    const auto part = static_cast<unsigned>(std::min<std::uint64_t>(count_in(event, "part"), 1U << 24U));
    if (what == "scan") {
        const auto name = text_in(event, "name"), key = text_in(event, "key");
        auto& scan = scans_[name];
        if (scan.key != key) scan.stages.clear();
        scan.part = part;
        scan.key = key;
        names_[part] = name;
        return;
    }
    const auto found = names_.find(part);
    if (found == names_.end() || (what != "end" && what != "checked" && what != "unfit")) return;
    auto& stage = scans_[found->second].stages[text_in(event, "stage")];
    if (what == "checked") stage.hash = text_in(event, "hash");
    if (what == "unfit") stage.why = text_in(event, "why");
    if (what != "end" || flag_in(event, "again")) return;
    stage.outcome = parse_outcome(text_in(event, "outcome"));
    if (stage.outcome == Outcome::stopped) stage.outcome.reset();
    stage.seconds = number_in(event, "seconds").value_or(0.0);
    stage.cpu_seconds = number_in(event, "cpu_seconds").value_or(0.0);
    stage.time = text_in(event, "time");
}

unsigned CampaignRecord::part_of(const std::string& name) {
    if (const auto found = scans_.find(name); found != scans_.end()) return found->second.part;
    const auto part = names_.empty() ? 0U : names_.rbegin()->first + 1;
    scans_[name].part = part;
    names_[part] = name;
    return part;
}

FormerStage CampaignRecord::stage(const std::string& name, const std::string& key, const std::string& stage) const {
    const auto scan = scans_.find(name);
    if (scan == scans_.end() || scan->second.key != key) return {};
    const auto found = scan->second.stages.find(stage);
    return found == scan->second.stages.end() ? FormerStage() : found->second;
}

}  // namespace hlaunch
