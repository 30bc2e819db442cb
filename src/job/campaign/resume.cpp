#include "job/campaign/resume.h"

#include <array>
#include <nlohmann/json.hpp>

#include "job/campaign/fits.h"
#include "job/campaign/posteriors.h"
#include "os/files/file.h"

namespace hlaunch {
namespace {

void add_use(ScanRow& row, const FormerStage& stage) {
    row.seconds += stage.seconds;
    row.cpu_seconds += stage.cpu_seconds;
    row.time = stage.time;
    row.host = stage.host;
}

// A stage as the journals know it, and whether what it left is still that.
struct Look {
    FormerStage former;
    bool leaves_result = true;  // check has none
    bool there = false;
    [[nodiscard]] bool done() const { return former.outcome == Outcome::done && (there || !leaves_result); }
};

// Of this very fit and these options; empty: there is none.
std::string hash_of_own_posterior(const RunFolder& folder, const CampaignScan& scan) {
    const auto& name = scan.row.scan.name;
    const auto identity = identity_of_posterior(scan, hash_of_fit(folder.scan_nlsq(name)));
    return is_posterior_of(folder.scan_posterior(name), identity) ? hash_of_posterior(folder.scan_merged(name)) : "";
}

Look look(const RunFolder& folder, const CampaignRecord& record, const CampaignScan& scan, const std::string& stage) {
    const auto& name = scan.row.scan.name;
    const auto hash = stage == "fit"         ? hash_of_fit(folder.scan_nlsq(name))
                      : stage == "sample"    ? hash_of_sampling(folder.scan_cmc(name))
                      : stage == "posterior" ? hash_of_own_posterior(folder, scan)
                                             : "";
    Look out{.former = record.stage(name, scan.key_of(stage), stage, hash), .leaves_result = stage != "check"};
    out.there = !hash.empty() && hash == out.former.hash;
    return out;
}

void mark_failed(ScanRow& row, const FormerStage& former) {
    row.status = "failed";
    row.outcome = to_string(*former.outcome);
    row.why = former.why + (former.why.empty() ? "" : "; ") + "--retry-failed runs it again";
}

bool ended_badly(const FormerStage& stage) {
    return stage.outcome && *stage.outcome != Outcome::done;
}

// A fit that was refused is done all the same: it is a start.
bool take_up_posterior(const RunFolder& folder, CampaignScan& scan, const Look& check, const Look& fit,
                       const Look& posterior, bool retry_failed) {
    auto& row = scan.row;
    scan.resumed = true;
    if (posterior.done() || (ended_badly(posterior.former) && !retry_failed)) {
        row.exact = judge_posterior(folder.scan_merged(row.scan.name), scan.posterior_key).fit;
        add_use(row, posterior.former);
        row.status = "done";
        if (!posterior.done()) mark_failed(row, posterior.former);
        return true;
    }
    if (ended_badly(check.former) && !retry_failed) {
        mark_failed(row, check.former);
        return true;
    }
    scan.fitted = fit.there || (ended_badly(fit.former) && !retry_failed);
    return scan.fitted;
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
    scan.sampled = !scan.exact && homodyne::wants_cmc(mode, scan.facts->yaml_method);
    return true;
}

bool is_done(const RunFolder& folder, const CampaignRecord& record, const CampaignScan& scan,
             const std::string& stage) {
    return look(folder, record, scan, stage).done();
}

bool take_up_former(const RunFolder& folder, const CampaignRecord& record, CampaignScan& scan, homodyne::Mode mode,
                    bool retry_failed) {
    auto& row = scan.row;
    const auto& name = row.scan.name;
    if (!take_facts(folder, scan, mode)) return false;
    const auto check = look(folder, record, scan, "check"), fit = look(folder, record, scan, "fit"),
               sample = look(folder, record, scan, "sample");
    if (row.status == "bad-input" && (check.former.why.empty() || retry_failed)) row.status = "waiting";
    if (row.status == "bad-input") return true;
    if (fit.there) {
        row.nlsq = read_fit(folder.scan_nlsq(name));
        add_use(row, fit.former);
    }
    if (scan.exact)
        return take_up_posterior(folder, scan, check, fit, look(folder, record, scan, "posterior"), retry_failed);
    const bool sampling = fit.there && scan.sampled;
    for (const auto* stage : std::array{&check, &fit, sampling ? &sample : nullptr}) {
        if (stage == nullptr || retry_failed) continue;
        const auto& former = stage->former;
        if (!ended_badly(former)) continue;
        mark_failed(row, former);
        if (stage != &fit || !fit.there) add_use(row, former);
        return true;
    }
    if (!fit.there) return false;
    if (scan.sampled) {
        if (!sample.done()) return true;
        row.cmc = read_sampling(folder.scan_cmc(name));
        add_use(row, sample.former);
    }
    row.status = "done";
    return true;
}

void take_from_rank(const RunFolder& folder, const CampaignRecord& record, CampaignScan& scan,
                    const std::string& stage) {
    auto& row = scan.row;
    const auto& name = row.scan.name;
    const auto looked = look(folder, record, scan, stage);
    const auto& known = looked.former;
    add_use(row, known);
    if (looked.done()) {
        if (stage == "fit") row.nlsq = read_fit(folder.scan_nlsq(name));
        if (stage == "sample") row.cmc = read_sampling(folder.scan_cmc(name));
        if (stage == "posterior") row.exact = judge_posterior(folder.scan_merged(name), scan.posterior_key).fit;
        row.why.clear();
        return;
    }
    const bool ended = ended_badly(known);
    if (stage == "posterior" && ended) row.exact = judge_posterior(folder.scan_merged(name), scan.posterior_key).fit;
    row.status = "failed";
    row.outcome = to_string(ended ? *known.outcome : Outcome::lost);
    row.why = !ended               ? "no rank has left a result; the same command again runs it"
              : !known.why.empty() ? known.why
                                   : remedy_of(*known.outcome);
}

}  // namespace hlaunch
