#include "job/posterior/posterior_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <set>

#include "merge/gates.h"
#include "merge/statistics/moments.h"
#include "posterior/proposals/psis.h"

namespace hlaunch {
namespace {

// Of one column: the smallest value that so much of the weight does not exceed.
double weighted_quantile(const std::vector<Eigen::Index>& order, const Eigen::VectorXd& column,
                         const Eigen::VectorXd& weights, double probability) {
    double sum = 0.0;
    for (const auto row : order) {
        sum += weights(row);
        if (sum >= probability) return column(row);
    }
    return column(order.back());
}

double largest(const std::vector<double>& shifts, const std::vector<std::string>& names, std::string& where) {
    double out = 0.0;
    for (std::size_t i = 0; i < shifts.size(); ++i) {
        if (std::isfinite(shifts[i]) && std::abs(shifts[i]) <= out) continue;
        out = std::isfinite(shifts[i]) ? std::abs(shifts[i]) : std::numeric_limits<double>::infinity();
        where = names[i];
    }
    return out;
}

}  // namespace

WeightedTable weighted_table(const Eigen::MatrixXd& columns, const Eigen::VectorXd& weights) {
    const auto moments = weighted_moments(columns, weights);
    WeightedTable out{.mean = moments.mean,
                      .sd = standard_deviations(moments.covariance),
                      .q05 = Eigen::VectorXd(columns.cols()),
                      .median = Eigen::VectorXd(columns.cols()),
                      .q95 = Eigen::VectorXd(columns.cols()),
                      .correlation = correlation(moments.covariance)};
    std::vector<Eigen::Index> order(static_cast<std::size_t>(columns.rows()));
    for (Eigen::Index i = 0; i < columns.cols(); ++i) {
        const Eigen::VectorXd column = columns.col(i);
        std::iota(order.begin(), order.end(), 0);
        std::ranges::stable_sort(order, {}, [&](Eigen::Index row) { return column(row); });
        out.q05(i) = weighted_quantile(order, column, weights, 0.05);
        out.median(i) = weighted_quantile(order, column, weights, 0.5);
        out.q95(i) = weighted_quantile(order, column, weights, 0.95);
    }
    return out;
}

void set_differences(PosteriorView& view, const WeightedTable& usual, const WeightedTable& other) {
    view.shift_sd.clear();
    view.sd_ratio.clear();
    for (Eigen::Index i = 0; i < usual.mean.size(); ++i) {
        view.shift_sd.push_back((other.mean(i) - usual.mean(i)) / usual.sd(i));
        view.sd_ratio.push_back(other.sd(i) / usual.sd(i));
    }
}

PosteriorView view_of(const std::string& name, const std::string& description, const Eigen::MatrixXd& columns,
                      const WeightedTable& usual, const Eigen::VectorXd& log_weights, const Eigen::VectorXd& delta) {
    const auto smoothed = smooth_weights(log_weights + delta);
    PosteriorView out;
    out.name = name;
    out.description = description;
    out.k_hat = smoothed.k_hat;
    out.effective_draws = smoothed.effective;
    if (!(smoothed.effective > 2.0)) {
        out.shift_sd.assign(static_cast<std::size_t>(columns.cols()), std::numeric_limits<double>::quiet_NaN());
        out.sd_ratio = out.shift_sd;
        return out;
    }
    set_differences(out, usual, weighted_table(columns, smoothed.log_weights.array().exp()));
    return out;
}

EqualDraws equal_draws(const Eigen::MatrixXd& columns, const Eigen::VectorXd& weights, Eigen::Index chains,
                       Eigen::Index wanted, std::uint64_t seed) {
    constexpr double least_distinct = 0.9;
    std::vector<Eigen::Index> rows;
    double distinct = 0.0;
    for (auto each = std::max<Eigen::Index>(4, wanted / chains); each >= 4; each = each * 4 / 5) {
        rows = resample(weights, each * chains, seed);
        distinct = static_cast<double>(std::set<Eigen::Index>(rows.begin(), rows.end()).size()) /
                   static_cast<double>(rows.size());
        if (distinct >= least_distinct) break;
    }
    std::mt19937_64 generator(seed);
    for (std::size_t i = rows.size() - 1; i > 0; --i) std::swap(rows[i], rows[generator() % (i + 1)]);
    EqualDraws out{.values = Eigen::MatrixXd(static_cast<Eigen::Index>(rows.size()), columns.cols()),
                   .distinct_share = distinct};
    for (std::size_t i = 0; i < rows.size(); ++i) out.values.row(static_cast<Eigen::Index>(i)) = columns.row(rows[i]);
    return out;
}

bool reaches_its_priors(const PosteriorView& view) {
    return view.own_draws || (view.k_hat < 0.5 && view.effective_draws >= 400.0);
}

std::vector<Check> exact_checks(const ExactResult& result, const ExactRecord& record,
                                const std::vector<std::string>& names, double misfit) {
    constexpr auto kind = GateKind::exact;
    std::vector<Check> out;
    out.push_back(judge(kind, "certificate", result.certified() ? 1.0 : 0.0,
                        result.certified() ? "by " + record.certified_by : "neither of them does"));
    if (result.by == CertifiedBy::ensemble || (result.ensembles_used && !result.certified()))
        out.push_back(judge(kind, "r-hat", result.ensembles.r_hat,
                            fmt::format("{} steps of independent ensembles", result.ensembles.steps)));
    if (result.by != CertifiedBy::ensemble) {
        constexpr double unsure = 0.7;
        auto detail = fmt::format("{} evaluations", record.evaluations);
        const bool wide = result.variance_k_hat > unsure;
        if (wide)
            detail += fmt::format("; {:.2f} of the variances: an sd may be too small, quantiles are not concerned",
                                  result.variance_k_hat);
        out.push_back(judge(kind, "k-hat", result.k_hat, detail));
        if (wide && out.back().verdict == Verdict::pass) out.back().verdict = Verdict::warn;
    }
    out.push_back(judge(kind, "ess", result.ess, fmt::format("{} draws", result.x.rows())));
    double beside = 0.0;
    for (std::size_t i = 1; i < record.basins.size(); ++i) beside += record.basins[i].share;
    out.push_back(judge(kind, "basins", beside,
                        fmt::format("{} maxim{}", record.basins.size(), record.basins.size() == 1 ? "um" : "a")));
    for (const auto& view : record.views)
        if (view.name == "yaml") {
            std::string where;
            const auto shift = largest(view.shift_sd, names, where);
            auto detail = where.empty() ? "" : "worst: " + where;
            const bool reaches = reaches_its_priors(view);
            if (!reaches)
                detail += fmt::format(
                    "{}the draws hardly reach there (k-hat {:.2f}, {:.0f} effective), so the shift may be far "
                    "larger: see what --prior-source yaml says",
                    detail.empty() ? "" : "; ", view.k_hat, view.effective_draws);
            out.push_back(judge(kind, "priors", shift, detail));
            if (!reaches && out.back().verdict == Verdict::pass) out.back().verdict = Verdict::warn;
        }
    // Fixed where they are wrong they draw all parameters with them: 10 sd at a misfit of 1.12, which for a model that
    // fits them is a warning.
    const bool fits_scaling = std::ranges::any_of(names, [](const auto& name) { return name.starts_with("contrast"); });
    constexpr double most_with_fixed_scaling = 1.1;
    const std::string fixed =
        "contrast and offset are not fitted but fixed at quantiles of the data: optimization.cmc.per_angle_mode auto "
        "fits them";
    out.push_back(judge(kind, "misfit", misfit, fits_scaling ? "" : fixed));
    if (!fits_scaling) {
        out.back().limit = most_with_fixed_scaling;
        if (!(misfit < most_with_fixed_scaling)) out.back().verdict = Verdict::fail;
    }
    return out;
}

}  // namespace hlaunch
