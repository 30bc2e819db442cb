// One posterior from several: shards of one run and disjoint data by consensus, replicas by
// pooling. Pure: draws in, report out; nothing is read or written here.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "merge/certificate_record.h"
#include "merge/comparison.h"
#include "merge/consensus.h"
#include "merge/exact_record.h"
#include "merge/gates.h"
#include "merge/posterior_part.h"
#include "merge/statistics/draws.h"

namespace hlaunch {

struct MergeRequest {
    GateKind kind = GateKind::shards;
    std::int64_t planned = 0;                // shards of the whole run (shards only)
    SitePriors full_prior;                   // of the whole analysis (consensus only)
    std::optional<double> prior_difference;  // see gate "priors"; absent: there was nothing to compare with
    std::string prior_difference_where;
    double mean_variance = 1.0;         // see consensus()
    std::string priors;                 // for the report
    std::uint64_t seed = 20260101;      // of the merged draws
    std::vector<std::string> accepted;  // --accept
};

struct ParameterRow {
    std::string name;
    double mean = 0.0;
    double sd = 0.0;
    double r_hat = 0.0;  // consensus: the worst of the parts
    double ess = 0.0;    // consensus: the smallest of the parts
};

// What the draws of a consensus are of.
struct MergedGaussian {
    std::string coordinate;  // name
    Moments moments;         // in it
};

struct MergeReport {
    GateKind kind = GateKind::shards;
    std::string method;  // "consensus", "pooled", "single": one unsharded part, or "exact"
    std::string parametrisation;
    std::string parametrisation_description;
    std::string priors;
    std::int64_t planned = 0;
    std::vector<std::string> parts;      // labels
    std::vector<std::int64_t> captured;  // shard indices
    std::vector<CandidateScore> candidates;
    std::vector<Check> checks;
    std::vector<std::string> accepted;
    std::vector<std::string> warnings;
    std::vector<ParameterRow> table;
    Eigen::MatrixXd correlation;
    Draws draws;  // of the parameters; empty if nothing could be combined
    std::int64_t divergent = 0;
    std::int64_t redrawn = 0;  // Gaussian draws that fell outside the model's bounds
    std::optional<Comparison> comparison;
    std::optional<ExactRecord> exact;
    std::optional<MergedGaussian> gaussian;        // consensus only
    std::optional<CertificateRecord> certificate;  // absent: nobody asked for one

    [[nodiscard]] bool passed() const { return !any_failed(checks); }
};

// Both throw usage when the parts cannot belong together, and report failed gates otherwise.
[[nodiscard]] MergeReport merge_consensus(std::span<const PosteriorPart> parts, const Parametrisation& model,
                                          const MergeRequest& request);
[[nodiscard]] MergeReport merge_replicas(std::span<const PosteriorPart> parts, const MergeRequest& request);

}  // namespace hlaunch
