#include "homodyne/results/outputs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "homodyne/plan/posterior_wish.h"
#include "homodyne/results/outputs_exact.h"
#include "merge/npz/npy_matrix.h"
#include "merge/npz/npz.h"

namespace hlaunch {
namespace {

using nlohmann::ordered_json;

// homodyne's own thresholds, repeated in its diagnostics.json.
constexpr double r_hat_threshold = 1.1;
constexpr int ess_threshold = 400;

std::string_view kind_name(GateKind kind) {
    constexpr std::array<std::string_view, 4> names{"shards", "replicas", "disjoint", "exact"};
    return names[static_cast<std::size_t>(kind)];
}

ordered_json number(double value) {
    return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr);
}

// Whoever reads one of these files alone is told, too. Nothing is added to results that passed: they are homodyne's
// form.
void add_accepted(ordered_json& root, const MergeReport& report) {
    if (report.accepted.empty()) return;
    ordered_json accepted = ordered_json::array();
    for (const std::string& name : report.accepted) {
        ordered_json one = {{"check", name}};
        const auto found = std::ranges::find(report.checks, name, &Check::name);
        if (found != report.checks.end()) {
            one["value"] = number(found->value);
            one["limit"] = number(found->limit);
            one["text"] = found->text;
        }
        accepted.push_back(one);
    }
    root["accepted"] = accepted;
}

ordered_json parameters_json(const MergeReport& report, const MergedRun& run) {
    double least = INFINITY;
    double most = -INFINITY;
    ordered_json parameters = ordered_json::object();
    for (const ParameterRow& row : report.table) {
        least = std::fmin(least, row.r_hat);
        most = std::fmax(most, row.r_hat);
        parameters[row.name] = {{"mean", number(row.mean)}, {"std", number(row.sd)}};
    }
    ordered_json root = {{"timestamp", run.timestamp},
                         {"analysis_mode", run.analysis_mode},
                         {"method", "cmc"},
                         {"sampling_summary",
                          {{"n_samples", report.draws.per_chain()},
                           {"n_warmup", run.n_warmup},
                           {"n_chains", report.draws.chains},
                           {"total_samples", report.draws.values.rows()},
                           {"computation_time", 0.0}}},
                         {"convergence",
                          {{"all_chains_converged", most <= r_hat_threshold},
                           {"min_r_hat", number(least)},
                           {"max_r_hat", number(most)}}},
                         {"parameters", parameters}};
    add_accepted(root, report);
    return root;
}

ordered_json diagnostics_json(const MergeReport& report) {
    ordered_json each = ordered_json::array();
    bool all = true;
    for (const ParameterRow& row : report.table) {
        const bool converged = row.r_hat <= r_hat_threshold;
        all = all && converged;
        each.push_back({{"name", row.name},
                        {"r_hat", number(row.r_hat)},
                        {"ess", number(row.ess)},
                        {"converged", converged},
                        {"deterministic", false}});
    }
    ordered_json root = {{"convergence",
                          {{"all_chains_converged", all},
                           {"r_hat_threshold", r_hat_threshold},
                           {"per_parameter_diagnostics", each},
                           {"ess_threshold", ess_threshold}}},
                         {"sampling_efficiency", {{"divergences", report.divergent}}},
                         {"posterior_checks", ordered_json::object()},
                         {"cmc_specific", {{"num_shards", report.kind == GateKind::shards ? report.planned : 1}}}};
    add_accepted(root, report);
    return root;
}

ordered_json comparison_json(const Comparison& comparison) {
    ordered_json rows = ordered_json::array();
    for (const Comparison::Row& row : comparison.rows)
        rows.push_back({{"name", row.name}, {"shift_sd", number(row.shift_sd)}, {"sd_ratio", number(row.sd_ratio)}});
    return {{"label", comparison.label},
            {"parameters", rows},
            {"largest_shift_sd", number(comparison.largest_shift_sd)},
            {"largest_correlation_difference", number(comparison.largest_correlation_difference)},
            {"correlation_pair", comparison.correlation_pair}};
}

std::string dump(const ordered_json& value) {
    return value.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string merge_json(const MergeReport& report) {
    ordered_json candidates = ordered_json::array();
    for (const CandidateScore& score : report.candidates)
        candidates.push_back({{"name", score.coordinate},
                              {"description", score.description},
                              {"distance_from_gaussian", number(score.distance)},
                              {"unmapped_share", number(score.unmapped_share)},
                              {"effective_share", number(score.effective_share)},
                              {"pareto_k", number(score.pareto_k)},
                              {"refused", score.refused}});
    ordered_json checks = ordered_json::array();
    for (const Check& check : report.checks)
        checks.push_back({{"name", check.name},
                          {"value", number(check.value)},
                          {"limit", number(check.limit)},
                          {"verdict", to_string(check.verdict)},
                          {"text", check.text}});
    ordered_json parameters = ordered_json::array();
    for (const ParameterRow& row : report.table)
        parameters.push_back({{"name", row.name},
                              {"mean", number(row.mean)},
                              {"sd", number(row.sd)},
                              {"r_hat", number(row.r_hat)},
                              {"ess", number(row.ess)}});
    ordered_json correlations = ordered_json::array();
    for (Eigen::Index i = 0; i < report.correlation.rows(); ++i) {
        ordered_json row = ordered_json::array();
        for (Eigen::Index j = 0; j < report.correlation.cols(); ++j) row.push_back(number(report.correlation(i, j)));
        correlations.push_back(row);
    }
    ordered_json root = {{"format", "hlaunch-merge"},
                         {"version", 1},
                         {"passed", report.passed()},
                         {"kind", kind_name(report.kind)},
                         {"method", report.method},
                         {"answer", answer_name(report)},
                         {"parametrisation", report.parametrisation},
                         {"parametrisation_description", report.parametrisation_description},
                         {"candidates", candidates},
                         {"priors", report.priors},
                         {"parts", report.parts},
                         {"checks", checks},
                         {"accepted", report.accepted},
                         {"warnings", report.warnings},
                         {"draws",
                          {{"chains", report.draws.chains},
                           {"per_chain", report.draws.per_chain()},
                           {"redrawn", report.redrawn},
                           {"divergent", report.divergent}}},
                         {"parameters", parameters},
                         {"correlations", correlations}};
    if (report.kind == GateKind::shards)
        root["shards"] = {
            {"planned", report.planned}, {"captured", report.captured.size()}, {"indices", report.captured}};
    if (report.certificate) root["certificate"] = certificate_json(*report.certificate);
    if (!report.exact)
        root["pairs"] = {{"counted", 2},
                         {"sd_factor_of_once", homodyne::sd_factor_of_pairs_once},
                         {"text", homodyne::pairs_counted_twice}};
    if (report.exact) root["exact"] = exact_json(*report.exact, report.table);
    if (report.comparison) root["comparison"] = comparison_json(*report.comparison);
    return dump(root);
}

std::vector<OutputFile> merged_files(const MergeReport& report, const MergedRun& run) {
    std::vector<OutputFile> files{{"merge.json", merge_json(report)}};
    if (!report.passed()) return files;
    std::vector<double> r_hat;
    std::vector<double> ess;
    for (const ParameterRow& row : report.table) {
        r_hat.push_back(row.r_hat);
        ess.push_back(row.ess);
    }
    const std::array<std::size_t, 1> columns{report.draws.names.size()};
    files.push_back({"cmc/parameters.json", dump(parameters_json(report, run))});
    files.push_back({"cmc/diagnostics.json", dump(diagnostics_json(report))});
    std::vector<std::pair<std::string, std::string>> members{
        {"samples", npy_of(report.draws.values)},
        {"param_names", encode_npy(std::span<const std::string>(report.draws.names), columns)},
        {"r_hat", encode_npy(std::span<const double>(r_hat), columns)},
        {"ess", encode_npy(std::span<const double>(ess), columns)}};
    // homodyne takes arrays by their names: one more is none of its business.
    if (!report.accepted.empty()) {
        const std::array<std::size_t, 1> names{report.accepted.size()};
        members.push_back({"accepted", encode_npy(std::span<const std::string>(report.accepted), names)});
    }
    files.push_back({"cmc/samples.npz", encode_npz(members)});
    return files;
}

}  // namespace hlaunch
