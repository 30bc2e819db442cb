#include "report/certificate_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "homodyne/plan/posterior_wish.h"

namespace hlaunch {
namespace {

std::string figures(const CertificateRecord& one) {
    if (one.draws == 0) return "";
    return fmt::format(
        "k-hat {:.2f} (limit {:.2f}), {:.0f} of {} draws effective, {} evaluations of {} points, {:.1f} s", one.k_hat,
        one.k_hat_limit, one.effective_draws, one.draws, one.evaluations, one.points, one.seconds);
}

// Of MergeReport::method.
std::string_view name_of_merged(const std::string& method) {
    return method == "pooled"   ? "pooled draws"
           : method == "single" ? "draws of the only part"
                                : std::string_view(method);
}

std::string changes_text(const CertificateRecord& one, const std::string& what) {
    if (one.changes.empty()) return "";
    const auto farthest =
        std::ranges::max_element(one.changes, {}, [](const auto& change) { return std::abs(change.shift_sd); });
    std::string out = fmt::format("{}: means by at most {:.2f} sd ({}), a correlation by {:.2f}\n", what,
                                  std::abs(farthest->shift_sd), farthest->name, one.largest_correlation_change);
    for (const auto& change : one.changes)
        out +=
            fmt::format("  {:<20} {:+.2f} sd, sd {:.2f} of this one\n", change.name, change.shift_sd, change.sd_ratio);
    return out;
}

}  // namespace

std::string certificate_text(const MergeReport& report) {
    std::string out;
    if (report.certificate) {
        const auto& one = *report.certificate;
        const auto numbers = figures(one);
        const auto in_brackets = numbers.empty() ? "" : " (" + numbers + ")";
        switch (one.verdict) {
            case CertificateRecord::Verdict::certified:
                out += fmt::format("certified {}: as the exact density has them, by {}\n", name_of_merged(one.of),
                                   numbers);
                out += changes_text(one, "the weights moved the answer");
                break;
            case CertificateRecord::Verdict::refused:
                out += fmt::format("not certified, {}: {}{}\n", name_of_merged(one.of), one.reason, in_brackets);
                if (report.exact)
                    out += changes_text(one, "the exact posterior, which took its place, moved the answer");
                break;
            case CertificateRecord::Verdict::missing:
                out += fmt::format("uncertified {}: {}\n", name_of_merged(one.of), one.reason);
                break;
        }
    }
    if (!report.exact && !report.table.empty()) out += fmt::format("pairs: {}\n", homodyne::pairs_counted_twice);
    return out;
}

}  // namespace hlaunch
