#include "job/campaign/history.h"

#include <algorithm>

#include "run/journal/worker_runs.h"

namespace hlaunch {

CampaignRecord::CampaignRecord(const RunHistory* own, std::vector<RunHistory> read)
    : own_(own), read_(std::move(read)) {
    if (own_ != nullptr || !read_.empty()) parts_ = (own_ != nullptr ? *own_ : read_.front()).scans;
    for (const auto& [name, part] : parts_) next_part_ = std::max(next_part_, part + 1);
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
    const auto look = [&](const RunHistory& journal) {
        const auto found = journal.scan_stages.find({name, key, stage});
        if (found == journal.scan_stages.end()) return;
        const auto& one = found->second;
        const bool better = is_on_disk(one) != is_on_disk(out) ? is_on_disk(one) : one.time > out.time;
        if (better) out = one;
    };
    if (own_ != nullptr) look(*own_);
    for (const auto& journal : read_) look(journal);
    return out;
}

CampaignRecord record_of(const RunFolder& run, const RunHistory* own) {
    std::vector<RunHistory> read;
    if (own == nullptr) read.push_back(history_of(run));
    for (const auto& worker : worker_runs(run)) read.push_back(history_of(worker));
    return {own, std::move(read)};
}

}  // namespace hlaunch
