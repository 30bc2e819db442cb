#include "job/posterior/exact_posterior.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>

#include "base/error.h"
#include "homodyne/density/posterior_starts.h"
#include "job/posterior/posterior_report.h"
#include "job/rounds/density_workers.h"
#include "merge/statistics/convergence.h"
#include "posterior/exact.h"
#include "posterior/proposals/psis.h"

namespace hlaunch {
namespace {

constexpr std::uint64_t seed = 20260101;
constexpr double enough_for_a_view = 400.0;  // effective draws

// What the posterior is of, and what was drawn of it.
struct Sampled {
    const SiteMap& map;
    ExactResult result;
    Eigen::MatrixXd columns;         // a row a draw of result.x
    std::vector<std::string> names;  // of columns, sorted
    WeightedTable table;
};

// The parameters of the model, without the sampling sites that stand for them.
std::vector<std::string> reported_names(const SiteMap& map, const homodyne::DensityModel& model) {
    std::vector<std::string> out;
    for (const auto& name : model.parameters)
        if (map.has(name) || std::ranges::any_of(model.sites, [&](const Site& site) {
                return site.name == name && site.parameter == "log_" + name;
            }))
            out.push_back(name);
    std::ranges::sort(out);
    return out;
}

// all: columns as the model names its parameters.
Eigen::MatrixXd reported_columns(const homodyne::DensityModel& model, const std::vector<std::string>& names,
                                 const Eigen::MatrixXd& all) {
    Eigen::MatrixXd out(all.rows(), static_cast<Eigen::Index>(names.size()));
    for (std::size_t i = 0; i < names.size(); ++i)
        out.col(static_cast<Eigen::Index>(i)) =
            all.col(std::ranges::find(model.parameters, names[i]) - model.parameters.begin());
    return out;
}

using Tell = std::function<void(const std::string&)>;

ExactResult draw(const Tell& tell, const SiteMap& map, Density& density, const Eigen::MatrixXd& starts, double wanted,
                 const std::string& of, Eigen::Index most_evaluations = ExactRequest().most_evaluations) {
    ExactRequest request;
    request.most_evaluations = most_evaluations;
    request.seed = seed;
    request.importance.wanted = wanted;
    request.ensemble_coordinate = map.anchored();
    std::string last;
    return sample_exact(density, map.coordinates_of_posteriors(), starts, request, [&](const Progress& progress) {
        auto line = fmt::format("hlaunch: {}: {}, {} evaluations", of, progress.what, progress.evaluations);
        if (std::isfinite(progress.k_hat)) line += fmt::format(", k-hat {:.2f}", progress.k_hat);
        if (std::isfinite(progress.ess)) line += fmt::format(", {:.0f} effective draws", progress.ess);
        if (std::isfinite(progress.r_hat)) line += fmt::format(", R-hat {:.3f}", progress.r_hat);
        if (line != last) tell(line);
        last = line;
    });
}

// Ratio of two log densities of the same draws, in the measure of x.
template <class Difference>
Eigen::VectorXd deltas(const homodyne::ServedDensity& density, const Eigen::MatrixXd& x, Difference difference) {
    Eigen::VectorXd out(x.rows());
    for (Eigen::Index row = 0; row < x.rows(); ++row) out(row) = difference(density.values_at(x.row(row)));
    return out;
}

// How many evaluations a view may cost that the draws do not reach.
constexpr Eigen::Index most_for_a_view = 100'000;

// The same draws with other weights; where these do not reach, draws of its own.
PosteriorView view_or_drawn(const Tell& tell, DensityWorkers& workers, const Sampled& sampled, PosteriorView view,
                            homodyne::ServedDensity& other, bool reaches) {
    if (reaches || sampled.result.basins.empty()) return view;
    Eigen::MatrixXd starts(static_cast<Eigen::Index>(sampled.result.basins.size()), other.dimensions());
    for (std::size_t i = 0; i < sampled.result.basins.size(); ++i)
        starts.row(static_cast<Eigen::Index>(i)) = sampled.result.basins[i].maximum.x;
    const auto drawn = draw(tell, sampled.map, other, starts, enough_for_a_view, view.description, most_for_a_view);
    if (!drawn.certified()) return view;
    const auto columns = reported_columns(workers.model(), sampled.names, workers.parameters(drawn.x));
    view.k_hat = drawn.k_hat;
    view.effective_draws = drawn.ess;
    view.own_draws = true;
    set_differences(view, sampled.table, weighted_table(columns, drawn.log_weights.array().exp()));
    return view;
}

// As if pairs counted otherwise.
PosteriorView other_count(const Tell& tell, DensityWorkers& workers, const homodyne::ServedDensity& density,
                          const Sampled& sampled, double counted, const std::string& name) {
    auto view =
        view_of(name, fmt::format("each pair of times counted {}", name), sampled.columns, sampled.table,
                sampled.result.log_weights, deltas(density, sampled.result.x, [&](const homodyne::PointValues& values) {
                    return (counted - density.counted()) * values.log_likelihood;
                }));
    homodyne::ServedDensity other(workers, workers.model(), counted);
    const bool reaches = view.effective_draws >= enough_for_a_view && view.k_hat < 0.7;
    return view_or_drawn(tell, workers, sampled, std::move(view), other, reaches);
}

// Under the YAML's own priors; nothing where the model has no others.
std::optional<PosteriorView> under_yaml(const Tell& tell, DensityWorkers& workers,
                                        const homodyne::ServedDensity& density, const Sampled& sampled) {
    const auto delta = deltas(density, sampled.result.x, [](const auto& v) { return v.log_yaml_prior - v.log_prior; });
    if (delta.array().isNaN().all()) return std::nullopt;
    auto view = view_of("yaml", "the YAML's own priors, without the NLSQ fit", sampled.columns, sampled.table,
                        sampled.result.log_weights, delta);
    homodyne::ServedDensity other(workers, workers.model(), density.counted(), homodyne::PosteriorOf::yaml);
    const bool reaches = reaches_its_priors(view);
    return view_or_drawn(tell, workers, sampled, std::move(view), other, reaches);
}

std::vector<ExactRecord::Basin> basins_of(DensityWorkers& workers, const Sampled& sampled) {
    std::vector<ExactRecord::Basin> out;
    for (const auto& basin : sampled.result.basins) {
        ExactRecord::Basin row{.share = basin.share, .log_density = basin.maximum.value, .parameters = {}};
        const auto columns =
            reported_columns(workers.model(), sampled.names, workers.parameters(basin.maximum.x.transpose()));
        for (std::size_t i = 0; i < sampled.names.size(); ++i)
            row.parameters.emplace_back(sampled.names[i], columns(0, static_cast<Eigen::Index>(i)));
        out.push_back(std::move(row));
    }
    std::ranges::stable_sort(out, std::greater{}, &ExactRecord::Basin::share);
    return out;
}

// Scatter of the residuals in units of the noise, which neighbours in time tell: their difference has twice its
// variance.
double misfit_of(DensityWorkers& workers, const ExactResult& result) {
    Eigen::Index best = 0;
    result.log_density.maxCoeff(&best);
    const auto sums = workers.residuals(result.x.row(best));
    const double variance = sums(0, 1) / sums(0, 0), noise = sums(0, 3) / (2.0 * sums(0, 2));
    return sums(0, 2) > 0.0 && noise > 0.0 ? std::sqrt(variance / noise) : 1.0;
}

std::string bytes_of_draws(const Sampled& sampled, const homodyne::ServedDensity& density,
                           const std::vector<std::string>& all_names, const Eigen::MatrixXd& all) {
    const auto& x = sampled.result.x;
    return bytes_of_weighted(all_names, all,
                             {{"log_weights", sampled.result.log_weights},
                              {"log_density", sampled.result.log_density},
                              {"log_likelihood", deltas(density, x, [](const auto& v) { return v.log_likelihood; })},
                              {"log_prior", deltas(density, x, [](const auto& v) { return v.log_prior; })}});
}

MergeReport report_of(const Sampled& sampled, ExactRecord record, const homodyne::DensityModel& model, double misfit,
                      const std::vector<std::string>& accepted) {
    MergeReport report;
    report.kind = GateKind::exact;
    report.method = "exact";
    report.parametrisation = sampled.result.coordinate;
    report.planned = 1;
    report.parts = {fmt::format("all {} points", record.points)};
    const Eigen::VectorXd weights = sampled.result.log_weights.array().exp();
    const auto chains = static_cast<Eigen::Index>(std::max(1U, model.chains));
    auto equal = equal_draws(sampled.columns, weights, chains,
                             chains * static_cast<Eigen::Index>(std::max(100U, model.draws)), seed);
    record.distinct_share = equal.distinct_share;
    report.draws = {.names = sampled.names, .chains = chains, .values = std::move(equal.values)};
    for (std::size_t i = 0; i < sampled.names.size(); ++i) {
        const auto at = static_cast<Eigen::Index>(i);
        report.table.push_back({.name = sampled.names[i],
                                .mean = sampled.table.mean(at),
                                .sd = sampled.table.sd(at),
                                .r_hat = convergence(report.draws.by_chain(at)).r_hat,
                                .ess = sampled.result.ess});
        record.q05.push_back(sampled.table.q05(at));
        record.median.push_back(sampled.table.median(at));
        record.q95.push_back(sampled.table.q95(at));
    }
    report.correlation = sampled.table.correlation;
    report.checks = exact_checks(sampled.result, record, sampled.names, misfit);
    report.accepted = accept(GateKind::exact, accepted, report.checks);
    report.exact = std::move(record);
    return report;
}

}  // namespace

WeightedAnswer sample_posterior(PosteriorWorkers& own, const Eigen::MatrixXd& more_starts) {
    const auto& wish = own.task().wish;
    const auto& tell = own.task().tell;
    auto& workers = own.rounds();
    const auto& model = own.model();
    const double twice = model.times_counted;
    const auto before = own.seconds();
    const auto news_before = workers.news();
    homodyne::ServedDensity density(workers, model, own.counted());
    const SiteMap map(model.sites, model.times);
    auto starts = homodyne::with_fitted_noise(workers, model,
                                              homodyne::posterior_starts(model, map, own.task().fit.result, seed));
    starts = homodyne::with_coarse_maxima(workers, model, density.counted(), std::move(starts));
    if (more_starts.rows() > 0) {
        starts.conservativeResize(starts.rows() + more_starts.rows(), model.prior_centre().size());
        starts.bottomRows(more_starts.rows()) = more_starts;
    }
    if (starts.rows() == 0)
        throw failure("the model has no density at the NLSQ fit nor at the priors' centre; look at bounds and priors");
    auto result = draw(tell, map, density, starts, wish.effective_draws, "exact posterior");
    if (result.x.rows() < 3) throw failure("the exact posterior has no draws: {}", fmt::join(result.steps, "; "));
    const auto names = reported_names(map, model);
    const auto all = workers.parameters(result.x);
    auto columns = reported_columns(model, names, all);
    auto table = weighted_table(columns, result.log_weights.array().exp());
    const Sampled sampled{map, std::move(result), std::move(columns), names, std::move(table)};

    ExactRecord record;
    record.certified_by = word(sampled.result.by);
    record.coordinate = sampled.result.coordinate;
    record.k_hat = sampled.result.k_hat;
    record.k_hat_limit = k_hat_limit(sampled.result.x.rows());
    record.effective_draws = sampled.result.ess;
    record.r_hat = sampled.result.ensembles_used ? sampled.result.ensembles.r_hat : 0.0;
    record.points = model.points;
    record.workers = own.count();
    record.pairs_counted = wish.pairs_once ? 1 : 2;
    record.steps = sampled.result.steps;
    record.basins = basins_of(workers, sampled);
    record.views.push_back(other_count(tell, workers, density, sampled, wish.pairs_once ? twice : twice / 2.0,
                                       wish.pairs_once ? "twice" : "once"));
    if (auto view = under_yaml(tell, workers, density, sampled)) record.views.push_back(std::move(*view));
    const auto misfit = misfit_of(workers, sampled.result);
    record.evaluations = static_cast<std::int64_t>(workers.news().evaluations - news_before.evaluations);
    record.quadratic_evaluations = sampled.result.quadratic_evaluations;
    record.rounds = static_cast<std::int64_t>(workers.news().rounds - news_before.rounds);
    record.seconds = more_starts.rows() > 0 ? own.seconds() - before : own.seconds();
    record.workers = std::max(record.workers, workers.news().most_processes);

    WeightedAnswer out;
    out.report = report_of(sampled, std::move(record), model, misfit, own.task().accepted);
    out.report.priors = own.priors();
    if (out.report.passed()) out.draws = bytes_of_draws(sampled, density, model.parameters, all);
    return out;
}

}  // namespace hlaunch
