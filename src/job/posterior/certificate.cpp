#include "job/posterior/certificate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "base/error.h"
#include "homodyne/density/consensus_target.h"
#include "job/posterior/exact_posterior.h"
#include "job/posterior/posterior_report.h"
#include "job/posterior/posterior_run.h"
#include "posterior/certificate.h"

namespace hlaunch {
namespace {

using homodyne::TargetDraws;
using Judged = CertificateRecord::Verdict;  // Verdict is a check's

constexpr std::uint64_t certificate_seed = 20260101;
constexpr std::uint64_t certificate_stream = 0x63'6572'7469'66;
constexpr Eigen::Index first_draws = 1000;
constexpr Eigen::Index most_draws = 5000;
// Of weighted draws for one of samples.npz: nine in ten of those are then distinct.
constexpr double weighted_per_draw = 1.5;

std::vector<Site> without_noise(const homodyne::DensityModel& model) {
    std::vector<Site> out;
    for (std::size_t i = 0; i < model.sites.size(); ++i)
        if (!model.logs[i]) out.push_back(model.sites[i]);
    return out;
}

// The draws that were merged as points of the sites; those outside are left out.
Eigen::MatrixXd sampled_rows(const Draws& draws, const SiteMap& map) {
    Eigen::MatrixXd out(draws.values.rows(), static_cast<Eigen::Index>(map.sites().size()));
    Eigen::VectorXd theta(out.cols()), x;
    Eigen::Index kept = 0;
    std::vector<Eigen::Index> columns;
    for (const auto& name : map.parameters()) {
        const auto found = std::ranges::find(draws.names, name);
        if (found == draws.names.end()) throw failure("the merged draws have no {}, which the model has", name);
        columns.push_back(found - draws.names.begin());
    }
    for (Eigen::Index row = 0; row < draws.values.rows(); ++row) {
        for (std::size_t i = 0; i < columns.size(); ++i)
            theta(static_cast<Eigen::Index>(i)) = draws.values(row, columns[i]);
        if (map.to_sites(theta, x)) out.row(kept++) = x;
    }
    if (2 * kept < draws.values.rows()) throw failure("most merged draws lie outside of the bounds of the model");
    return out.topRows(kept);
}

struct Proposed {
    const Coordinate* coordinate = nullptr;
    Moments gaussian;
};

Proposed proposed(const MergeReport& report, const SiteMap& sites) {
    Proposed out;
    const auto all = sites.coordinates();
    if (report.gaussian) {
        const auto found = std::ranges::find(all, report.gaussian->coordinate, &Coordinate::name);
        if (found == all.end()) throw failure("the sites have no coordinate {}", report.gaussian->coordinate);
        out = {*found, report.gaussian->moments};
    } else {
        out.gaussian = gaussian_of(sampled_rows(report.draws, sites), all, out.coordinate);
        if (out.coordinate == nullptr) throw failure("no coordinate maps the merged draws");
    }
    return out;
}

void append(TargetDraws& to, const TargetDraws& more) {
    const auto below = [](auto& matrix, const auto& rows) {
        matrix.conservativeResize(matrix.rows() + rows.rows(), rows.cols());
        matrix.bottomRows(rows.rows()) = rows;
    };
    below(to.parameters, more.parameters);
    below(to.x, more.x);
    below(to.log_density, more.log_density);
    to.inside.insert(to.inside.end(), more.inside.begin(), more.inside.end());
}

// Where the exact density is not asked there is none.
Eigen::VectorXd log_densities(homodyne::ServedDensity& density, const TargetDraws& draws) {
    std::vector<Eigen::Index> rows;
    for (std::size_t i = 0; i < draws.inside.size(); ++i)
        if (draws.inside[i]) rows.push_back(static_cast<Eigen::Index>(i));
    Eigen::MatrixXd x(static_cast<Eigen::Index>(rows.size()), draws.x.cols());
    for (std::size_t i = 0; i < rows.size(); ++i) x.row(static_cast<Eigen::Index>(i)) = draws.x.row(rows[i]);
    Eigen::VectorXd out = Eigen::VectorXd::Constant(draws.x.rows(), -std::numeric_limits<double>::infinity());
    if (rows.empty()) return out;
    const auto values = density.log_density(x);
    for (std::size_t i = 0; i < rows.size(); ++i) out(rows[i]) = values(static_cast<Eigen::Index>(i));
    return out;
}

// From one table to another; what only one of them has (the noise) is left out.
void note_changes(CertificateRecord& record, const MergeReport& merged, const std::vector<ParameterRow>& table,
                  const Eigen::MatrixXd& correlation) {
    record.changes.clear();
    record.largest_correlation_change = 0.0;
    std::vector<std::pair<Eigen::Index, Eigen::Index>> both;
    for (std::size_t i = 0; i < merged.table.size(); ++i) {
        const auto& from = merged.table[i];
        const auto to = std::ranges::find(table, from.name, &ParameterRow::name);
        if (to == table.end()) continue;
        record.changes.push_back(
            {.name = from.name, .shift_sd = (to->mean - from.mean) / to->sd, .sd_ratio = from.sd / to->sd});
        both.emplace_back(i, to - table.begin());
    }
    for (const auto& [i, k] : both)
        for (const auto& [j, l] : both)
            record.largest_correlation_change =
                std::max(record.largest_correlation_change, std::abs(merged.correlation(i, j) - correlation(k, l)));
}

// Table, draws and correlations as the weights say.
void correct(MergeReport& report, CertificateRecord& record, const SiteMap& sites, const TargetDraws& draws,
             const SmoothedWeights& weights) {
    const Eigen::VectorXd w = weights.log_weights.array().exp();
    const auto table = weighted_table(draws.parameters, w);
    auto rows = report.table;
    for (auto& row : rows) {
        const auto at = sites.index_of(row.name);
        row.mean = table.mean(at);
        row.sd = table.sd(at);
        row.ess = weights.effective;
    }
    note_changes(record, report, rows, table.correlation);
    auto equal = equal_draws(draws.parameters, w, report.draws.chains, report.draws.values.rows(), certificate_seed);
    report.draws.names = sites.parameters();
    report.draws.values = std::move(equal.values);
    report.table = std::move(rows);
    report.correlation = table.correlation;
}

std::string failed_checks(const MergeReport& report) {
    std::vector<std::string> names;
    for (const auto& check : report.checks)
        if (check.verdict == Verdict::fail) names.push_back(check.name);
    return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

Weighing weigh_merged(PosteriorWorkers& workers, const SiteMap* sites, MergeReport& report) {
    const auto& model = workers.model();
    const SiteMap own(without_noise(model), model.times), to(model.sites, model.times);
    const SiteMap& from = sites != nullptr && report.gaussian ? *sites : own;
    const homodyne::TargetMap target(from, to, model);
    const auto [coordinate, gaussian] = proposed(report, from);
    RandomStream random(certificate_seed, certificate_stream);
    auto sampled = draw_gaussian(*coordinate, gaussian, first_draws, random);

    // Near the middle of the draws: the one with the highest proposal density that the model's bounds hold.
    Eigen::VectorXd x;
    std::vector<Eigen::Index> order(static_cast<std::size_t>(first_draws));
    for (Eigen::Index i = 0; i < first_draws; ++i) order[static_cast<std::size_t>(i)] = i;
    std::ranges::stable_sort(order, std::greater{}, [&](Eigen::Index row) { return sampled.log_density(row); });
    const auto inside = std::ranges::find_if(
        order, [&](Eigen::Index row) { return target.point(sampled.x.row(row), std::log(model.noise_scale), x); });
    if (inside == order.end()) throw failure("no merged draw lies within the bounds of the model of all points");
    const auto noise = homodyne::noise_proposal(workers.rounds(), model, x, workers.counted());

    homodyne::ServedDensity density(workers.rounds(), model, workers.counted());
    auto draws = target.draws(sampled, noise, random);
    auto values = log_densities(density, draws);
    auto judged = certify(draws.x, values - draws.log_density);
    const auto wanted =
        std::min<double>(static_cast<double>(most_draws),
                         weighted_per_draw * static_cast<double>(report.draws.values.rows()) *
                             static_cast<double>(first_draws) / std::max(1.0, judged.weights.effective));
    const auto more = static_cast<Eigen::Index>(wanted) - first_draws;
    if (judged.certified && more > 0) {
        const auto others = target.draws(draw_gaussian(*coordinate, gaussian, more, random), noise, random);
        const auto of_others = log_densities(density, others);
        append(draws, others);
        values.conservativeResize(values.size() + more);
        values.tail(more) = of_others;
        judged = certify(draws.x, values - draws.log_density);
    }

    CertificateRecord record;
    record.verdict = judged.certified ? Judged::certified : Judged::refused;
    record.of = report.method;
    record.reason = judged.reason;
    record.coordinate = coordinate->name();
    record.k_hat = judged.weights.k_hat;
    record.variance_k_hat = judged.variance_k_hat;
    record.k_hat_limit = judged.limit;
    record.effective_draws = judged.weights.effective;
    record.draws = draws.x.rows();
    record.evaluations = static_cast<std::int64_t>(workers.rounds().news().evaluations);
    record.points = model.points;
    record.workers = workers.count();
    Weighing out;
    if (judged.certified) {
        correct(report, record, from, draws, judged.weights);
        out.draws = bytes_of_weighted(from.parameters(), draws.parameters,
                                      {{"log_weights", judged.weights.log_weights},
                                       {"log_density", values},
                                       {"log_proposal", draws.log_density}});
    } else if (Eigen::Index best = 0; std::isfinite(values.maxCoeff(&best))) {
        out.start = draws.x.row(best);
    }
    record.seconds = workers.seconds();
    report.certificate = std::move(record);
    return out;
}

WeightedAnswer settle_posterior(JobContext& context, const Plan& plan, const homodyne::Facts& facts,
                                const std::string& key, const SiteMap* sites, MergeReport report) {
    std::unique_ptr<RunPosterior> posterior;
    Weighing weighing;
    const bool something = report.draws.values.rows() > 0 && !report.table.empty();
    const auto merged = report;  // as it was before any weights
    try {
        context.display.note(
            fmt::format("hlaunch: weighing the merged draws by the exact density of {} points", facts.points));
        posterior = std::make_unique<RunPosterior>(context, plan, facts, key);
        if (something) weighing = weigh_merged(posterior->workers(), sites, report);
    } catch (const std::exception& error) {  // also where memory is short: the consensus is there
        report = merged;
        report.certificate.emplace();
        report.certificate->of = report.method;
        report.certificate->reason = error.what();
        context.display.note(fmt::format("hlaunch: the merged draws are not certified: {}", error.what()));
        if (!posterior || posterior->workers().model().sites.empty() || report.passed())
            return {.report = std::move(report)};
    }
    if (!report.certificate) {
        report.certificate.emplace();
        report.certificate->of = report.method;
        report.certificate->reason = "nothing could be combined";
    }
    auto& certificate = *report.certificate;
    const bool certified = certificate.verdict == Judged::certified;
    if (certified && report.passed()) {
        context.display.note(
            fmt::format("hlaunch: the merged draws are certified: k-hat {:.2f}, {:.0f} of {} effective",
                        certificate.k_hat, certificate.effective_draws, certificate.draws));
        return {.report = std::move(report), .draws = std::move(weighing.draws)};
    }
    if (!report.passed())
        certificate.reason +=
            fmt::format("{}checks failed: {}", certificate.reason.empty() ? "" : "; ", failed_checks(report));
    certificate.verdict = Judged::refused;
    context.display.note(fmt::format("hlaunch: the merged draws are not certified ({}); sampling the exact posterior",
                                     certificate.reason));
    try {
        auto answer = sample_posterior(posterior->workers(), weighing.start);
        note_changes(certificate, merged, answer.report.table, answer.report.correlation);
        answer.report.certificate = std::move(certificate);
        answer.report.warnings.insert(answer.report.warnings.begin(), merged.warnings.begin(), merged.warnings.end());
        answer.report.divergent = merged.divergent;
        return answer;
    } catch (const Error& error) {
        throw Error(
            error.code(),
            fmt::format("the merged draws are not certified ({}), and the exact posterior could not be sampled: {}",
                        certificate.reason, error.what()));
    }
}

}  // namespace hlaunch
