#include "merge/merge.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "merge/part_checks.h"
#include "merge/statistics/convergence.h"
#include "merge/statistics/normal_draws.h"

namespace hlaunch {
namespace {

void describe(MergeReport& report, std::span<const Convergence> diagnostics) {
    const Moments result = moments(report.draws.values);
    const Eigen::VectorXd sd = standard_deviations(result.covariance);
    report.correlation = correlation(result.covariance);
    for (std::size_t i = 0; i < report.draws.names.size(); ++i) {
        const auto at = static_cast<Eigen::Index>(i);
        report.table.push_back(
            {report.draws.names[i], result.mean(at), sd(at), diagnostics[i].r_hat, diagnostics[i].ess()});
    }
}

void conclude(MergeReport& report, const MergeRequest& request) {
    report.accepted = accept(request.kind, request.accepted, report.checks);
    for (const Check& check : report.checks)
        if (check.verdict == Verdict::warn || check.verdict == Verdict::accepted)
            report.warnings.push_back(
                fmt::format("{} {:.4g} (limit {:g}): {}", check.name, check.value, check.limit, check.text));
}

MergeReport begin(std::span<const PosteriorPart> parts, const MergeRequest& request) {
    if (parts.empty()) throw usage_error("nothing to merge: no draws were found in the folders given");
    require_same_parameters(parts);
    MergeReport report;
    report.kind = request.kind;
    report.priors = request.priors;
    report.planned = request.kind == GateKind::shards ? request.planned : static_cast<std::int64_t>(parts.size());
    for (const PosteriorPart& part : parts) {
        report.parts.push_back(part.label);
        report.captured.push_back(part.index);
        report.divergent += part.divergent;
        if (part.parameters.values.rows() < 4 || part.parameters.chains < 1)
            throw usage_error("{}: {} draws are no posterior; run it with more", part.label,
                              part.parameters.values.rows());
    }
    return report;
}

Check check_captured(std::span<const PosteriorPart> parts, std::int64_t planned) {
    std::vector<bool> seen(static_cast<std::size_t>(std::max<std::int64_t>(planned, 0)), false);
    for (const PosteriorPart& part : parts) {
        if (part.index < 0 || part.index >= planned)
            throw usage_error("{} has index {}, but the run has {} shards; it belongs to another run", part.label,
                              part.index, planned);
        const auto at = static_cast<std::size_t>(part.index);
        if (seen[at])
            throw usage_error("shard {} is given twice ({}); give each run folder once", part.index, part.label);
        seen[at] = true;
    }
    std::vector<std::size_t> missing;
    for (std::size_t i = 0; i < seen.size(); ++i)
        if (!seen[i]) missing.push_back(i);
    std::string detail = fmt::format("{} of {}", parts.size(), planned);
    if (!missing.empty()) {
        const std::size_t shown = std::min<std::size_t>(missing.size(), 10);
        detail += fmt::format("; missing: {}{}",
                              fmt::join(missing.begin(), missing.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                              shown < missing.size() ? ", ..." : "");
    }
    return judge(GateKind::shards, "captured",
                 static_cast<double>(parts.size()) / static_cast<double>(std::max<std::int64_t>(planned, 1)), detail);
}

// Gaussian draws in the merge coordinate, mapped to parameters; one that leaves the model's bounds
// is drawn anew.
void draw(MergeReport& report, const Consensus& result, const Parametrisation& model, std::uint64_t seed) {
    NormalDraws normal(seed);
    const Eigen::Index rows = report.draws.values.rows();
    const Eigen::Index sites = result.merged.mean.size();
    const Eigen::MatrixXd factor = result.merged.covariance.llt().matrixL();
    const Eigen::MatrixXd scores = normal.standardised(rows, sites);
    const std::int64_t most = 10 * rows;
    Eigen::VectorXd x;
    Eigen::VectorXd theta;
    for (Eigen::Index row = 0; row < rows; ++row) {
        Eigen::VectorXd score = scores.row(row).transpose();
        while (!result.coordinate->to_sampling(result.merged.mean + factor * score, x) ||
               !model.to_parameters(x, theta) || !theta.allFinite()) {
            if (++report.redrawn > most)
                throw failure(
                    "the merged posterior lies mostly outside the bounds of the model; widen "
                    "parameter_space.bounds and run again");
            score = normal.next(sites);
        }
        report.draws.values.row(row) = theta.transpose();
    }
}

// The product of the parts, drawn anew in the coordinate in which they are nearest to Gaussian.
void combine(MergeReport& report, std::span<const PosteriorPart> parts, const Parametrisation& model,
             const MergeRequest& request) {
    std::vector<Subposterior> subposteriors;
    Eigen::Index per_chain = 0;
    for (const PosteriorPart& part : parts) {
        double effective = static_cast<double>(part.sampled.values.rows());
        for (const Convergence& site : convergence(part.sampled))
            if (std::isfinite(site.ess_bulk)) effective = std::min(effective, site.ess_bulk);
        subposteriors.push_back({part.sampled.values, part.prior, effective});
        report.draws.chains = std::max(report.draws.chains, part.parameters.chains);
        per_chain = std::max(per_chain, part.parameters.per_chain());
    }
    const std::vector<const Coordinate*> candidates = model.coordinates();
    const Consensus result = consensus(subposteriors, request.full_prior, candidates, request.mean_variance);
    report.method = "consensus";
    report.parametrisation = result.coordinate->name();
    report.parametrisation_description = result.coordinate->description();
    report.candidates = result.candidates;
    report.gaussian = MergedGaussian{result.coordinate->name(), result.merged};
    if (parts.size() > 1)
        report.checks.push_back(judge(
            request.kind, "tension", result.tension_p,
            fmt::format("chi-square {:.1f} of {} degrees", result.tension, (parts.size() - 1) * model.sites().size())));
    report.draws.names = model.parameters();
    report.draws.values.resize(report.draws.chains * per_chain, static_cast<Eigen::Index>(model.parameters().size()));
    draw(report, result, model, request.seed);
    if (report.redrawn > 0)
        report.warnings.push_back(
            fmt::format("{} merged draws fell outside the bounds of the model and were drawn anew: "
                        "the posterior touches a bound",
                        report.redrawn));
}

// An unsharded run is its own posterior: its MCMC draws are better than any Gaussian.
void keep_single(MergeReport& report, const PosteriorPart& part) {
    report.method = "single";
    report.parametrisation = "none";
    report.parametrisation_description = "the draws of the only part, as they were sampled";
    report.draws = part.parameters;
}

}  // namespace

MergeReport merge_consensus(std::span<const PosteriorPart> parts, const Parametrisation& model,
                            const MergeRequest& request) {
    MergeReport report = begin(parts, request);
    report.method = "consensus";
    if (request.kind == GateKind::shards) report.checks.push_back(check_captured(parts, request.planned));
    std::ranges::move(check_draws(parts, request.kind), std::back_inserter(report.checks));
    PartConvergence parts_convergence = check_convergence(parts, request.kind);
    std::ranges::move(parts_convergence.checks, std::back_inserter(report.checks));
    if (request.prior_difference)
        report.checks.push_back(
            judge(request.kind, "priors", *request.prior_difference, request.prior_difference_where));
    if (!hopeless(report.checks, request.kind)) {
        if (parts.size() == 1 && report.planned == 1) {
            keep_single(report, parts.front());
        } else {
            combine(report, parts, model, request);
        }
        describe(report, parts_convergence.worst);
    }
    conclude(report, request);
    return report;
}

MergeReport merge_replicas(std::span<const PosteriorPart> parts, const MergeRequest& request) {
    MergeReport report = begin(parts, request);
    report.method = "pooled";
    report.parametrisation = "none";
    report.parametrisation_description = "draws are pooled as they are";
    report.checks = check_draws(parts, request.kind);

    // Chains of unequal length are cut to the shortest: R-hat and ESS compare chains of one length.
    Eigen::Index per_chain = std::numeric_limits<Eigen::Index>::max();
    Eigen::Index chains = 0;
    bool unequal = false;
    for (const PosteriorPart& part : parts) {
        unequal |= part.parameters.per_chain() != parts.front().parameters.per_chain();
        per_chain = std::min(per_chain, part.parameters.per_chain());
        chains += part.parameters.chains;
    }
    if (unequal)
        report.warnings.push_back(
            fmt::format("the replicas' chains differ in length; the first {} draws of each are "
                        "used",
                        per_chain));
    report.draws.names = parts.front().parameters.names;
    report.draws.chains = chains;
    report.draws.values.resize(chains * per_chain, parts.front().parameters.values.cols());
    Eigen::Index row = 0;
    for (const PosteriorPart& part : parts)
        for (Eigen::Index chain = 0; chain < part.parameters.chains; ++chain, row += per_chain)
            report.draws.values.middleRows(row, per_chain) =
                part.parameters.values.middleRows(chain * part.parameters.per_chain(), per_chain);

    PosteriorPart pool;
    pool.label = "all chains";
    pool.parameters = report.draws;
    PartConvergence pooled = check_convergence(std::span(&pool, 1), request.kind);
    std::ranges::move(pooled.checks, std::back_inserter(report.checks));
    describe(report, pooled.worst);
    conclude(report, request);
    return report;
}

}  // namespace hlaunch
