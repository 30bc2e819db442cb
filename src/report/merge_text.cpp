#include "report/merge_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/certificate_text.h"

namespace hlaunch {
namespace {

std::string parameter_table(const MergeReport& report) {
    std::size_t width = 9;
    for (const auto& row : report.table) width = std::max(width, row.name.size());
    std::string out =
        fmt::format("\n{:{}}  {:>12}  {:>10}  {:>6}  {:>6}\n", "parameter", width, "mean", "sd", "R-hat", "ESS");
    for (const auto& row : report.table)
        out += fmt::format("{:{}}  {:>12.6g}  {:>10.3g}  {:>6.3f}  {:>6.0f}\n", row.name, width, row.mean, row.sd,
                           row.r_hat, row.ess);
    return out;
}

// The mean and interval, and what the sd would be by the other count of pairs; the shift under the YAML's own priors.
std::string exact_table(const MergeReport& report) {
    const auto& exact = *report.exact;
    std::size_t width = 9;
    for (const auto& row : report.table) width = std::max(width, row.name.size());
    const auto view = [&](auto wanted) {
        const auto found = std::ranges::find_if(exact.views, wanted);
        return found == exact.views.end() ? nullptr : &*found;
    };
    const auto* count = view([](const PosteriorView& one) { return one.name == "once" || one.name == "twice"; });
    const auto* yaml = view([](const PosteriorView& one) { return one.name == "yaml"; });
    auto out = fmt::format("\n{:{}}  {:>12}  {:>10}  {:>12}  {:>12}", "parameter", width, "mean", "sd", "5 %", "95 %");
    if (count != nullptr) out += fmt::format("  {:>14}", "sd, pairs " + count->name);
    if (yaml != nullptr) out += fmt::format("  {:>12}", "YAML priors");
    out += "\n";
    for (std::size_t i = 0; i < report.table.size(); ++i) {
        const auto& row = report.table[i];
        out += fmt::format("{:{}}  {:>12.6g}  {:>10.3g}  {:>12.6g}  {:>12.6g}", row.name, width, row.mean, row.sd,
                           exact.q05[i], exact.q95[i]);
        if (count != nullptr) out += fmt::format("  {:>14.3g}", row.sd * count->sd_ratio[i]);
        if (yaml != nullptr) out += fmt::format("  {:>+9.2f} sd", yaml->shift_sd[i]);
        out += "\n";
    }
    return out;
}

std::string exact_heading(const ExactRecord& exact) {
    auto out = fmt::format(
        "exact posterior of {} points, each pair of times counted {}: {:.0f} effective draws of {} evaluations in "
        "{:.0f} s",
        exact.points, exact.pairs_counted == 1 ? "once" : "twice (the application's way; once is calibrated)",
        exact.effective_draws, exact.evaluations, exact.seconds);
    return out;
}

std::string comparison_text(const Comparison& comparison) {
    std::string out = fmt::format("\n{} would have said:\n", comparison.label);
    for (const auto& row : comparison.rows)
        out += fmt::format("  {:<20} {:+.2f} sd away, sd {:.2f} of ours\n", row.name, row.shift_sd, row.sd_ratio);
    return out + fmt::format("  largest change of a correlation: {:.2f} ({})\n",
                             comparison.largest_correlation_difference, comparison.correlation_pair);
}

// What stands behind the last semicolon of a failed check (merge/gates), a line each.
std::string remedies(const MergeReport& report) {
    std::string out;
    for (const auto& check : report.checks) {
        if (check.verdict != Verdict::fail) continue;
        const std::string known(gate(report.kind, check.name).remedy);
        const auto at = check.text.rfind("; ");
        out += fmt::format("  {}: {}\n", check.name,
                           check.text.ends_with(known) || at == std::string::npos ? known : check.text.substr(at + 2));
    }
    return out;
}

std::string accepted_text(const MergeReport& report) {
    std::string out;
    for (const auto& name : report.accepted) out += fmt::format("{}{}", out.empty() ? "" : ", ", name);
    return out;
}

std::string accept_options(const MergeReport& report) {
    std::string out;
    for (const auto& check : report.checks)
        if (check.verdict == Verdict::fail && gate(report.kind, check.name).acceptable)
            out += " --accept " + check.name;
    return out;
}

}  // namespace

std::string merge_text(const MergeReport& report, const std::filesystem::path& output) {
    auto text =
        report.exact ? exact_heading(*report.exact) : fmt::format("{} of {} parts", report.method, report.parts.size());
    if (!report.parametrisation_description.empty())
        text += fmt::format(" in {} ({})", report.parametrisation, report.parametrisation_description);
    text += fmt::format("\npriors: {}\n", report.priors);
    if (!report.table.empty()) text += report.exact ? exact_table(report) : parameter_table(report);
    text += "\n" + certificate_text(report);
    if (report.redrawn > 0) text += fmt::format("{} draws outside the bounds were drawn anew\n", report.redrawn);
    for (const auto& check : report.checks)
        text += fmt::format("{:8}  {:15}  {:>10.4g}  limit {:<6g}  {}\n", to_string(check.verdict), check.name,
                            check.value, check.limit, check.text);
    if (report.comparison) text += comparison_text(*report.comparison);
    for (const auto& warning : report.warnings) text += fmt::format("note: {}\n", warning);
    if (report.passed()) {
        text += fmt::format("\nmerged: {}\n", (output / "cmc" / "samples.npz").string());
        if (!report.accepted.empty())
            text += fmt::format("not a result that passed: {} failed and {} let pass (--accept); its files say so\n",
                                accepted_text(report), report.accepted.size() == 1 ? "was" : "were");
        return text;
    }
    text += fmt::format("\nnot merged: {} has the checks; what helps:\n{}", (output / "merge.json").string(),
                        remedies(report));
    if (!hopeless(report.checks, report.kind))
        text +=
            fmt::format("the last resort, where you know why it is harmless:{} (all files of the result then say so)\n",
                        accept_options(report));
    return text;
}

}  // namespace hlaunch
