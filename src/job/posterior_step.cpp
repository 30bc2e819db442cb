#include "job/posterior_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>

#include "base/error.h"
#include "homodyne/posterior_starts.h"
#include "job/density_workers.h"
#include "job/identity.h"
#include "job/matrix_file.h"
#include "job/merged_folder.h"
#include "job/posterior_report.h"
#include "merge/convergence.h"
#include "merge/npz.h"
#include "os/file.h"
#include "posterior/exact.h"
#include "posterior/psis.h"

namespace hlaunch {
namespace {

constexpr std::uint64_t seed = 20260101;
constexpr double enough_for_a_view = 400.0;  // effective draws

// What the posterior is of, and what was drawn of it.
struct Sampled {
    SiteMap map;
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

Eigen::MatrixXd reported_columns(DensityWorkers& workers, const std::vector<std::string>& names,
                                 const Eigen::MatrixXd& x) {
    const auto all = workers.parameters(x);
    Eigen::MatrixXd out(x.rows(), static_cast<Eigen::Index>(names.size()));
    for (std::size_t i = 0; i < names.size(); ++i)
        out.col(static_cast<Eigen::Index>(i)) =
            all.col(std::ranges::find(workers.model().parameters, names[i]) - workers.model().parameters.begin());
    return out;
}

// The best first where all is well measured: the sampling coordinate comes last. Where one power law is not felt by the
// data, the coordinate of the other alone serves.
std::vector<const Coordinate*> coordinates_of(const SiteMap& map) {
    auto all = map.coordinates();
    std::ranges::reverse(all);
    std::erase_if(all, [](const Coordinate* coordinate) { return coordinate->name() == "eta-gamma_dot"; });
    return all;
}

using Tell = std::function<void(const std::string&)>;

ExactResult draw(const Tell& tell, const SiteMap& map, Density& density, const Eigen::MatrixXd& starts, double wanted,
                 const std::string& of) {
    ExactRequest request;
    request.seed = seed;
    request.importance.wanted = wanted;
    std::string last;
    return sample_exact(density, coordinates_of(map), starts, request, [&](const Progress& progress) {
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

// As if pairs counted otherwise: new weights, and draws of their own where these do not reach.
PosteriorView other_count(const Tell& tell, DensityWorkers& workers, const homodyne::ServedDensity& density,
                          const Sampled& sampled, double counted, const std::string& name) {
    const auto description = fmt::format("each pair of times counted {}", name);
    auto view = view_of(name, description, sampled.columns, sampled.table, sampled.result.log_weights,
                        deltas(density, sampled.result.x, [&](const homodyne::PointValues& values) {
                            return (counted - density.counted()) * values.log_likelihood;
                        }));
    if (view.effective_draws >= enough_for_a_view && view.k_hat < 0.7) return view;
    homodyne::ServedDensity other(workers, workers.model(), counted);
    Eigen::MatrixXd starts(static_cast<Eigen::Index>(sampled.result.basins.size()), density.dimensions());
    for (std::size_t i = 0; i < sampled.result.basins.size(); ++i)
        starts.row(static_cast<Eigen::Index>(i)) = sampled.result.basins[i].maximum.x;
    if (starts.rows() == 0) return view;
    const auto drawn = draw(tell, sampled.map, other, starts, enough_for_a_view, "pairs " + name);
    if (!drawn.certified()) return view;
    const auto table =
        weighted_table(reported_columns(workers, sampled.names, drawn.x), drawn.log_weights.array().exp());
    view.k_hat = drawn.k_hat;
    view.effective_draws = drawn.ess;
    for (std::size_t i = 0; i < sampled.names.size(); ++i) {
        const auto at = static_cast<Eigen::Index>(i);
        view.shift_sd[i] = (table.mean(at) - sampled.table.mean(at)) / sampled.table.sd(at);
        view.sd_ratio[i] = table.sd(at) / sampled.table.sd(at);
    }
    return view;
}

std::vector<ExactRecord::Basin> basins_of(DensityWorkers& workers, const Sampled& sampled) {
    std::vector<ExactRecord::Basin> out;
    for (const auto& basin : sampled.result.basins) {
        ExactRecord::Basin row{.share = basin.share, .log_density = basin.maximum.value, .parameters = {}};
        const auto columns = reported_columns(workers, sampled.names, basin.maximum.x.transpose());
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
    const auto vector = [](const Eigen::VectorXd& values) {
        const std::array shape{static_cast<std::size_t>(values.size())};
        return encode_npy(std::span(values.data(), static_cast<std::size_t>(values.size())), shape);
    };
    const std::array names_shape{all_names.size()};
    const auto& x = sampled.result.x;
    return encode_npz({{"samples", npy_of(all)},
                       {"param_names", encode_npy(std::span<const std::string>(all_names), names_shape)},
                       {"log_weights", vector(sampled.result.log_weights)},
                       {"log_density", vector(sampled.result.log_density)},
                       {"log_likelihood", vector(deltas(density, x, [](const auto& v) { return v.log_likelihood; }))},
                       {"log_prior", vector(deltas(density, x, [](const auto& v) { return v.log_prior; }))}});
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

std::string describe_priors(const homodyne::DensityModel& model, const PosteriorFit& fit) {
    if (!model.yaml_priors && model.informed_priors) return "homodyne's, made of the NLSQ fit (the data count twice)";
    return fit.refused.empty() ? "the YAML's own" : "the YAML's own: NLSQ is not used, " + fit.refused;
}

}  // namespace

MergeOutcome sample_posterior(RoundRunner& runner, Clock& clock, const PosteriorTask& task) {
    const auto& wish = task.wish;
    const auto& fit = task.fit;
    const bool yaml_priors = wish.yaml_priors || !fit.refused.empty();
    if (!fit.refused.empty()) task.tell(fmt::format("hlaunch: the NLSQ fit is a start only: {}", fit.refused));
    const auto began = clock.now();
    DensityWorkers workers(runner, clock, task.folder, hash_text(task.key + (yaml_priors ? " yaml" : " homodyne")));
    workers.prepare(task.config, fit.refused.empty() ? fit.folder : "", yaml_priors);
    const auto& model = workers.model();
    const double twice = model.times_counted;
    homodyne::ServedDensity density(workers, model, wish.pairs_once ? twice / 2.0 : twice);
    SiteMap map(model.sites, model.times);
    const auto starts =
        homodyne::with_fitted_noise(workers, model, homodyne::posterior_starts(model, map, fit.result, seed));
    if (starts.rows() == 0)
        throw failure("the model has no density at the NLSQ fit nor at the priors' centre; look at bounds and priors");
    auto result = draw(task.tell, map, density, starts, wish.effective_draws, "exact posterior");
    if (result.x.rows() < 3) throw failure("the exact posterior has no draws: {}", fmt::join(result.steps, "; "));
    const auto names = reported_names(map, model);
    const auto all = workers.parameters(result.x);
    auto columns = reported_columns(workers, names, result.x);
    auto table = weighted_table(columns, result.log_weights.array().exp());
    const Sampled sampled{SiteMap(model.sites, model.times), std::move(result), std::move(columns), names,
                          std::move(table)};

    ExactRecord record;
    record.certified_by = word(sampled.result.by);
    record.coordinate = sampled.result.coordinate;
    record.k_hat = sampled.result.k_hat;
    record.k_hat_limit = k_hat_limit(sampled.result.x.rows());
    record.effective_draws = sampled.result.ess;
    record.r_hat = sampled.result.ensembles_used ? sampled.result.ensembles.r_hat : 0.0;
    record.points = model.points;
    record.workers = runner.workers();
    record.pairs_counted = wish.pairs_once ? 1 : 2;
    record.steps = sampled.result.steps;
    record.basins = basins_of(workers, sampled);
    record.views.push_back(other_count(task.tell, workers, density, sampled, wish.pairs_once ? twice : twice / 2.0,
                                       wish.pairs_once ? "twice" : "once"));
    const auto yaml = deltas(density, sampled.result.x, [](const auto& v) { return v.log_yaml_prior - v.log_prior; });
    if (!yaml.array().isNaN().all())
        record.views.push_back(view_of("yaml", "the YAML's own priors, without the NLSQ fit", sampled.columns,
                                       sampled.table, sampled.result.log_weights, yaml));
    const auto misfit = misfit_of(workers, sampled.result);
    record.evaluations = static_cast<std::int64_t>(workers.news().evaluations);
    record.quadratic_evaluations = sampled.result.quadratic_evaluations;
    record.rounds = static_cast<std::int64_t>(workers.news().rounds);
    record.seconds = std::chrono::duration<double>(clock.now() - began).count();

    MergeOutcome out;
    auto report = report_of(sampled, std::move(record), model, misfit, task.accepted);
    report.priors = describe_priors(model, fit);
    MergedRun run;
    run.analysis_mode = task.analysis_mode;
    run.timestamp = utc_text(clock.wall());
    write_merged(task.merged, report, run);
    if (report.passed())
        write_atomically(task.merged + "/cmc/posterior_draws.npz",
                         bytes_of_draws(sampled, density, model.parameters, all));
    out.passed = report.passed();
    out.report = std::move(report);
    return out;
}

}  // namespace hlaunch
