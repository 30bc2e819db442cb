#include "job/campaign_rows.h"

#include <array>
#include <nlohmann/json.hpp>

#include "job/campaign_fits.h"
#include "os/file.h"

namespace hlaunch {
namespace {

void add_use(ScanRow& row, const FormerStage& stage) {
    row.seconds += stage.seconds;
    row.cpu_seconds += stage.cpu_seconds;
    row.time = stage.time;
    row.host = stage.host;
}

}  // namespace

std::string facts_path(const RunFolder& folder, const CampaignScan& scan) {
    return folder.scan(scan.row.scan.name) + "/facts.json";
}

bool take_facts(const RunFolder& folder, CampaignScan& scan, homodyne::Mode mode) {
    const auto text = try_read_text(facts_path(folder, scan));
    if (!text) return false;
    auto& row = scan.row;
    try {
        scan.facts = homodyne::facts_from_json(nlohmann::json::parse(*text), row.scan.data);
    } catch (const std::exception& error) {
        row.status = "bad-input";
        row.outcome = "bad-data";
        row.why = error.what();
        return true;
    }
    row.q_per_angstrom = scan.facts->q;
    row.angles = scan.facts->phi_degrees.size();
    row.version = scan.facts->version;
    scan.sampled = homodyne::wants_cmc(mode, scan.facts->yaml_method);
    return true;
}

std::string hash_on_disk(const RunFolder& folder, const CampaignScan& scan, const std::string& stage) {
    const auto& name = scan.row.scan.name;
    if (stage == "fit") return hash_of_fit(folder.scan_nlsq(name));
    return stage == "sample" ? hash_of_sampling(folder.scan_cmc(name)) : "";
}

bool is_done(const RunFolder& folder, const CampaignRecord& record, const CampaignScan& scan,
             const std::string& stage) {
    const auto hash = hash_on_disk(folder, scan, stage);
    const auto known = record.stage(scan.row.scan.name, scan.row.key, stage, hash);
    return known.outcome == Outcome::done && (stage == "check" || (!hash.empty() && hash == known.hash));
}

bool take_up_former(const RunFolder& folder, const CampaignRecord& record, CampaignScan& scan, homodyne::Mode mode,
                    bool retry_failed) {
    auto& row = scan.row;
    const auto& name = row.scan.name;
    const auto former = [&](const std::string& stage) {
        return record.stage(name, row.key, stage, hash_on_disk(folder, scan, stage));
    };
    if (!take_facts(folder, scan, mode)) return false;
    const auto check = former("check"), fit = former("fit"), sample = former("sample");
    if (row.status == "bad-input" && (check.why.empty() || retry_failed)) row.status = "waiting";
    if (row.status == "bad-input") return true;
    const bool fitted = !fit.hash.empty() && fit.hash == hash_on_disk(folder, scan, "fit");
    if (fitted) {
        row.nlsq = read_fit(folder.scan_nlsq(name));
        add_use(row, fit);
    }
    const bool sampling = fitted && scan.sampled;
    for (const auto* stage : std::array{&check, &fit, sampling ? &sample : nullptr}) {
        if (stage == nullptr || !stage->outcome || *stage->outcome == Outcome::done || retry_failed) continue;
        row.status = "failed";
        row.outcome = to_string(*stage->outcome);
        row.why = stage->why + (stage->why.empty() ? "" : "; ") + "--retry-failed runs it again";
        if (stage != &fit || !fitted) add_use(row, *stage);
        return true;
    }
    if (!fitted) return false;
    if (scan.sampled) {
        if (!is_done(folder, record, scan, "sample")) return true;
        row.cmc = read_sampling(folder.scan_cmc(name));
        add_use(row, sample);
    }
    row.status = "done";
    return true;
}

void take_from_rank(const RunFolder& folder, const CampaignRecord& record, CampaignScan& scan,
                    const std::string& stage) {
    auto& row = scan.row;
    const auto& name = row.scan.name;
    const auto known = record.stage(name, row.key, stage, hash_on_disk(folder, scan, stage));
    add_use(row, known);
    if (is_done(folder, record, scan, stage)) {
        if (stage == "fit") row.nlsq = read_fit(folder.scan_nlsq(name));
        if (stage == "sample") row.cmc = read_sampling(folder.scan_cmc(name));
        row.why.clear();
        return;
    }
    const bool ended = known.outcome && *known.outcome != Outcome::done;
    row.status = "failed";
    row.outcome = to_string(ended ? *known.outcome : Outcome::lost);
    row.why = !ended               ? "no rank has left a result; the same command again runs it"
              : !known.why.empty() ? known.why
                                   : remedy_of(*known.outcome);
}

}  // namespace hlaunch
