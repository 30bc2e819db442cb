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
    std::string text = fmt::format("{} of {} parts", report.method, report.parts.size());
    if (!report.parametrisation_description.empty())
        text += fmt::format(" in {} ({})", report.parametrisation, report.parametrisation_description);
    text += fmt::format("\npriors: {}\n", report.priors);
    if (!report.table.empty()) text += parameter_table(report);
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
