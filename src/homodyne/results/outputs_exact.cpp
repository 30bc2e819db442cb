#include "homodyne/results/outputs_exact.h"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

namespace hlaunch {
namespace {

nlohmann::ordered_json finite_or_null(double value) {
    return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

nlohmann::ordered_json view_json(const PosteriorView& view, const std::vector<ParameterRow>& table) {
    auto parameters = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < view.shift_sd.size(); ++i)
        parameters.push_back({{"name", table[i].name},
                              {"shift_sd", finite_or_null(view.shift_sd[i])},
                              {"sd_ratio", finite_or_null(view.sd_ratio[i])}});
    return {{"name", view.name},
            {"description", view.description},
            {"k_hat", finite_or_null(view.k_hat)},
            {"effective_draws", view.effective_draws},
            {"own_draws", view.own_draws},
            {"parameters", parameters}};
}

}  // namespace

nlohmann::ordered_json exact_json(const ExactRecord& exact, const std::vector<ParameterRow>& table) {
    auto intervals = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < exact.median.size(); ++i)
        intervals.push_back(
            {{"name", table[i].name}, {"q05", exact.q05[i]}, {"median", exact.median[i]}, {"q95", exact.q95[i]}});
    auto views = nlohmann::ordered_json::array();
    for (const auto& view : exact.views) views.push_back(view_json(view, table));
    auto basins = nlohmann::ordered_json::array();
    for (const auto& basin : exact.basins) {
        auto at = nlohmann::ordered_json::object();
        for (const auto& [name, value] : basin.parameters) at[name] = finite_or_null(value);
        basins.push_back(
            {{"share", basin.share}, {"log_density", finite_or_null(basin.log_density)}, {"parameters", at}});
    }
    return {{"certified_by", exact.certified_by},
            {"coordinate", exact.coordinate},
            {"k_hat", finite_or_null(exact.k_hat)},
            {"k_hat_limit", exact.k_hat_limit},
            {"effective_draws", exact.effective_draws},
            {"r_hat", exact.r_hat > 0.0 ? finite_or_null(exact.r_hat) : nlohmann::ordered_json(nullptr)},
            {"evaluations", exact.evaluations},
            {"quadratic_evaluations", exact.quadratic_evaluations},
            {"rounds", exact.rounds},
            {"seconds", exact.seconds},
            {"points", exact.points},
            {"workers", exact.workers},
            {"pairs_counted", exact.pairs_counted},
            {"distinct_share", exact.distinct_share},
            {"intervals", intervals},
            {"views", views},
            {"basins", basins},
            {"steps", exact.steps}};
}

nlohmann::ordered_json certificate_json(const CertificateRecord& certificate) {
    constexpr std::array<std::string_view, 3> verdicts{"certified", "refused", "missing"};
    auto changes = nlohmann::ordered_json::array();
    for (const auto& change : certificate.changes)
        changes.push_back({{"name", change.name},
                           {"shift_sd", finite_or_null(change.shift_sd)},
                           {"sd_ratio", finite_or_null(change.sd_ratio)}});
    const bool weighed = certificate.draws > 0;
    return {{"verdict", verdicts[static_cast<std::size_t>(certificate.verdict)]},
            {"of", certificate.of},
            {"reason", certificate.reason},
            {"coordinate", certificate.coordinate},
            {"k_hat", finite_or_null(weighed ? certificate.k_hat : NAN)},
            {"variance_k_hat", finite_or_null(weighed ? certificate.variance_k_hat : NAN)},
            {"k_hat_limit", certificate.k_hat_limit},
            {"effective_draws", certificate.effective_draws},
            {"draws", certificate.draws},
            {"evaluations", certificate.evaluations},
            {"points", certificate.points},
            {"workers", certificate.workers},
            {"seconds", certificate.seconds},
            {"parameters", changes},
            {"largest_correlation_change", certificate.largest_correlation_change}};
}

std::string answer_name(const MergeReport& report) {
    if (report.exact) return "exact";
    const bool certified = report.certificate && report.certificate->verdict == CertificateRecord::Verdict::certified;
    return (certified ? "certified " : "uncertified ") + report.method;
}

}  // namespace hlaunch
