#include "merge/part_checks.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "merge/statistics/moments.h"

namespace hlaunch {
namespace {

// The worst value seen and where it was.
struct Worst {
    bool at_least;
    double value;
    std::string where;

    explicit Worst(bool smallest)
        : at_least(smallest), value((smallest ? 1 : -1) * std::numeric_limits<double>::infinity()) {}
    void see(double candidate, const std::string& at) {
        const bool worse = std::isnan(candidate) || (at_least ? candidate < value : candidate > value);
        if (std::isnan(value) || !worse) return;
        value = candidate;
        where = at;
    }
};

bool same_draws(const PosteriorPart& a, const PosteriorPart& b) {
    if (a.parameters.names != b.parameters.names) return false;
    // Bitwise equal chains come from equal seeds; one common chain is enough to spoil a merge.
    for (Eigen::Index i = 0; i < a.parameters.chains; ++i)
        for (Eigen::Index j = 0; j < b.parameters.chains; ++j) {
            const Eigen::Index n = std::min(a.parameters.per_chain(), b.parameters.per_chain());
            const auto of_a = a.parameters.values.middleRows(i * a.parameters.per_chain(), n);
            const auto of_b = b.parameters.values.middleRows(j * b.parameters.per_chain(), n);
            // The first draw settles nearly all of the many pairs of a run of many shards.
            if (n > 0 && of_a.row(0) == of_b.row(0) && of_a == of_b) return true;
        }
    return false;
}

}  // namespace

void require_same_parameters(std::span<const PosteriorPart> parts) {
    for (const PosteriorPart& part : parts) {
        if (part.parameters.names == parts.front().parameters.names) continue;
        throw usage_error(
            "{} has the parameters {}, but {} has {}: posteriors of different parameter sets "
            "cannot "
            "be merged; report them side by side",
            part.label, fmt::join(part.parameters.names, " "), parts.front().label,
            fmt::join(parts.front().parameters.names, " "));
    }
}

std::vector<Check> check_draws(std::span<const PosteriorPart> parts, GateKind kind) {
    double not_finite = 0.0;
    double degenerate = 0.0;
    double duplicates = 0.0;
    double combined = 0.0;
    std::string not_finite_where;
    std::string degenerate_where;
    std::string duplicates_where;
    std::string combined_where;
    Worst divergent(false);
    const auto note = [](double& count, std::string& where, double more, const std::string& at) {
        count += more;
        where += (where.empty() ? "" : ", ") + at;
    };
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const PosteriorPart& part = parts[i];
        const Eigen::MatrixXd& values = part.parameters.values;
        const auto bad = static_cast<double>((!values.array().isFinite()).rowwise().any().count());
        if (bad > 0.0) note(not_finite, not_finite_where, bad, part.label);
        for (Eigen::Index column = 0; column < values.cols(); ++column) {
            const Eigen::VectorXd x = values.col(column);
            // A column that only jitters in its last digits has not moved either.
            const double spread = x.maxCoeff() - x.minCoeff();
            if (spread > 1e-12 * std::max(std::abs(x.maxCoeff()), std::abs(x.minCoeff()))) continue;
            if (!x.allFinite()) continue;
            note(degenerate, degenerate_where, 1.0,
                 fmt::format("{} = {:.6g} in {}", part.parameters.names[static_cast<std::size_t>(column)], x(0),
                             part.label));
        }
        for (std::size_t j = 0; j < i; ++j)
            if (same_draws(part, parts[j]))
                note(duplicates, duplicates_where, 1.0, parts[j].label + " and " + part.label);
        if (part.own_combination) note(combined, combined_where, 1.0, part.label);
        divergent.see(
            static_cast<double>(part.divergent) / static_cast<double>(std::max<Eigen::Index>(values.rows(), 1)),
            fmt::format("{}: {} of {}", part.label, part.divergent, values.rows()));
    }
    std::vector<Check> checks{judge(kind, "finite", not_finite, not_finite_where),
                              judge(kind, "degenerate", degenerate, degenerate_where),
                              judge(kind, "duplicates", duplicates, duplicates_where)};
    if (kind != GateKind::shards) checks.push_back(judge(kind, "own-combination", combined, combined_where));
    checks.push_back(judge(kind, "divergences", divergent.value, divergent.where));
    return checks;
}

bool hopeless(std::span<const PosteriorPart> parts, GateKind kind) {
    return hopeless(check_draws(parts, kind), kind);
}

PartConvergence check_convergence(std::span<const PosteriorPart> parts, GateKind kind) {
    PartConvergence result;
    Worst r_hat(false);
    Worst ess(true);
    for (const PosteriorPart& part : parts) {
        const std::vector<Convergence> each = convergence(part.parameters);
        for (std::size_t p = 0; p < each.size(); ++p) {
            const std::string where = fmt::format("worst: {} of {}", part.parameters.names[p], part.label);
            r_hat.see(each[p].r_hat, where);
            ess.see(each[p].ess(), where);
            if (result.worst.size() == p) {
                result.worst.push_back(each[p]);
                continue;
            }
            Convergence& so_far = result.worst[p];
            // max and min that keep a NaN once seen
            if (!(so_far.r_hat >= each[p].r_hat) && !std::isnan(so_far.r_hat)) so_far.r_hat = each[p].r_hat;
            if (!(so_far.ess_bulk <= each[p].ess_bulk) && !std::isnan(so_far.ess_bulk))
                so_far.ess_bulk = each[p].ess_bulk;
            if (!(so_far.ess_tail <= each[p].ess_tail) && !std::isnan(so_far.ess_tail))
                so_far.ess_tail = each[p].ess_tail;
        }
    }
    result.checks = {judge(kind, "r-hat", r_hat.value, r_hat.where), judge(kind, "ess", ess.value, ess.where)};
    return result;
}

}  // namespace hlaunch
