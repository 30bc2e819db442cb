#include "job/posterior/posterior_report.h"

#include <cmath>
#include <set>

#include "catch.h"
#include "merge/statistics/normal_draws.h"

using namespace hlaunch;

namespace {

// Draws of a standard normal in each column, alike in weight.
Eigen::MatrixXd normal_columns(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
    NormalDraws normal(seed);
    return normal.standardised(rows, columns);
}

Eigen::VectorXd alike(Eigen::Index rows) {
    return Eigen::VectorXd::Constant(rows, 1.0 / static_cast<double>(rows));
}

}  // namespace

TEST_CASE("a weighted table has the moments and quantiles of its weights") {
    Eigen::MatrixXd columns(4, 1);
    columns << 3.0, 1.0, 2.0, 10.0;
    Eigen::VectorXd weights(4);
    weights << 0.2, 0.5, 0.3, 0.0;
    const auto table = weighted_table(columns, weights);
    CHECK(table.mean(0) == Approx(1.7));
    CHECK(table.q05(0) == 1.0);
    CHECK(table.median(0) == 1.0);
    CHECK(table.q95(0) == 3.0);  // the draw without weight is none
}

TEST_CASE("a view by new weights finds the shift and the sd of the other density") {
    const auto columns = normal_columns(4000, 2, 7);
    const Eigen::VectorXd weights = alike(columns.rows());
    const auto usual = weighted_table(columns, weights);
    // N(0.5, 1) in the first column over N(0, 1): the log ratio is 0.5 x - 0.125.
    const Eigen::VectorXd delta = 0.5 * columns.col(0).array() - 0.125;
    const auto view = view_of("yaml", "other priors", columns, usual, weights.array().log(), delta);
    CHECK(view.shift_sd[0] == Approx(0.5).margin(0.05));
    CHECK(view.shift_sd[1] == Approx(0.0).margin(0.05));
    CHECK(view.sd_ratio[0] == Approx(1.0).margin(0.05));
    CHECK(view.k_hat < 0.7);
    CHECK(view.effective_draws < 4000.0);
    CHECK(view.effective_draws > 1000.0);
}

TEST_CASE("a view without a draw in reach has no figures and says so") {
    const auto columns = normal_columns(100, 1, 1);
    const Eigen::VectorXd weights = alike(100);
    const Eigen::VectorXd nowhere = Eigen::VectorXd::Constant(100, -INFINITY);
    const auto view = view_of("yaml", "", columns, weighted_table(columns, weights), weights.array().log(), nowhere);
    CHECK(std::isnan(view.shift_sd[0]));
    CHECK(view.effective_draws == 0.0);
}

TEST_CASE("equally weighted draws are nine in ten distinct, and a multiple of the chains") {
    const auto columns = normal_columns(3000, 1, 3);
    NormalDraws normal(4);
    Eigen::VectorXd weights(3000);
    for (auto& weight : weights) weight = std::exp(0.5 * normal.next());
    weights /= weights.sum();
    const auto equal = equal_draws(columns, weights, 4, 8000, 11);
    CHECK(equal.values.rows() % 4 == 0);
    CHECK(equal.values.rows() < 3000);
    CHECK(equal.values.rows() > 400);
    CHECK(equal.distinct_share >= 0.9);
    std::set<double> distinct(equal.values.data(), equal.values.data() + equal.values.size());
    CHECK(static_cast<double>(distinct.size()) / static_cast<double>(equal.values.rows()) ==
          Approx(equal.distinct_share));
    CHECK(equal_draws(columns, weights, 4, 8000, 11).values == equal.values);
}

TEST_CASE("a result that nothing certifies fails, whatever its other figures") {
    ExactResult result;
    result.x = Eigen::MatrixXd::Zero(500, 2);
    result.k_hat = 0.2;
    result.variance_k_hat = 0.4;
    result.ess = 450.0;
    ExactRecord record;
    record.basins = {{.share = 0.97, .log_density = 0.0, .parameters = {}},
                     {.share = 0.03, .log_density = -3.0, .parameters = {}}};
    record.views.push_back({.name = "yaml",
                            .description = "",
                            .k_hat = 0.1,
                            .effective_draws = 400.0,
                            .shift_sd = {0.1, -2.5},
                            .sd_ratio = {1.0, 1.0}});
    const auto checks = exact_checks(result, record, {"D0", "alpha"}, 1.01);
    const auto verdict = [&](const std::string& name) {
        for (const auto& check : checks)
            if (check.name == name) return check.verdict;
        FAIL("no check " << name);
        return Verdict::pass;
    };
    CHECK(verdict("certificate") == Verdict::fail);
    CHECK(verdict("k-hat") == Verdict::pass);
    CHECK(verdict("ess") == Verdict::pass);
    CHECK(verdict("basins") == Verdict::warn);
    CHECK(verdict("priors") == Verdict::fail);
    CHECK(verdict("misfit") == Verdict::pass);
    // Small, but not to be trusted: never a pass.
    record.views.front().shift_sd = {0.1, 0.1};
    record.views.front().k_hat = 0.6;
    const auto weak = exact_checks(result, record, {"D0", "alpha"}, 1.0);
    CHECK(weak[weak.size() - 2].verdict == Verdict::warn);
    CHECK(weak[weak.size() - 2].text.find("hardly reach") != std::string::npos);
    // Means that can be trusted, variances that cannot: told.
    result.variance_k_hat = 0.9;
    CHECK(exact_checks(result, record, {"D0", "alpha"}, 1.0)[1].verdict == Verdict::warn);
    result.by = CertifiedBy::importance;
    CHECK(exact_checks(result, record, {"D0", "alpha"}, 2.5).back().verdict == Verdict::fail);
    // Contrast and offset that are not fitted are the first to be wrong.
    CHECK(exact_checks(result, record, {"D0", "alpha"}, 1.08).back().verdict == Verdict::warn);
    CHECK(exact_checks(result, record, {"D0", "alpha"}, 1.12).back().verdict == Verdict::fail);
    CHECK(exact_checks(result, record, {"D0", "alpha"}, 1.12).back().text.find("per_angle_mode auto") !=
          std::string::npos);
    CHECK(exact_checks(result, record, {"D0", "contrast_0"}, 1.12).back().verdict == Verdict::warn);
    CHECK(exact_checks(result, record, {"D0", "alpha"}, 1.0).front().verdict == Verdict::pass);
}
