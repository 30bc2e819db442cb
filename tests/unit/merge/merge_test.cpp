#include "merge/merge.h"

#include <cmath>

#include "base/error.h"
#include "catch.h"
#include "merge/statistics/normal_draws.h"

using namespace hlaunch;

namespace {

class Identity final : public Parametrisation {  // two parameters, bounded below by `floor`
  public:
    explicit Identity(double floor) : floor_(floor) {}
    [[nodiscard]] const std::vector<std::string>& sites() const override { return names_; }
    [[nodiscard]] const std::vector<std::string>& parameters() const override { return names_; }
    bool to_parameters(const Eigen::VectorXd& x, Eigen::VectorXd& theta) const override {
        theta = x;
        return x.minCoeff() >= floor_;
    }
    [[nodiscard]] std::vector<const Coordinate*> coordinates() const override { return {&sampling_}; }

  private:
    std::vector<std::string> names_{"a", "b"};
    SamplingCoordinate sampling_;
    double floor_;
};

PosteriorPart part(std::int64_t index, std::uint64_t seed) {
    PosteriorPart result;
    result.label = "shard " + std::to_string(index);
    result.index = index;
    result.parameters.names = {"a", "b"};
    result.parameters.chains = 2;
    NormalDraws normal(seed);
    result.parameters.values.resize(1200, 2);
    for (Eigen::Index i = 0; i < 1200; ++i) result.parameters.values.row(i) = normal.next(2).transpose();
    result.sampled = result.parameters;
    result.prior = {Eigen::VectorXd::Zero(2), Eigen::VectorXd::Constant(2, 1e6)};
    return result;
}

std::vector<PosteriorPart> shards(std::int64_t count) {
    std::vector<PosteriorPart> result;
    for (std::int64_t i = 0; i < count; ++i) result.push_back(part(i, static_cast<std::uint64_t>(i) + 1));
    return result;
}

MergeRequest request_for(std::int64_t planned) {
    MergeRequest request;
    request.planned = planned;
    request.full_prior = {Eigen::VectorXd::Zero(2), Eigen::VectorXd::Constant(2, 1e6)};
    return request;
}

Verdict verdict(const MergeReport& report, const std::string& name) {
    for (const Check& check : report.checks)
        if (check.name == name) return check.verdict;
    FAIL("no check " << name);
    return Verdict::pass;
}

const Identity model(-1e9);

}  // namespace

TEST_CASE("merge: good shards pass, and the result is reproducible") {
    const std::vector<PosteriorPart> parts = shards(3);
    const MergeReport report = merge_consensus(parts, model, request_for(3));
    CHECK(report.passed());
    CHECK(report.draws.chains == 2);
    CHECK(report.draws.values.rows() == 1200);
    CHECK(report.table[0].sd == Approx(1.0 / std::sqrt(3.0)).epsilon(0.05));
    CHECK(report.parametrisation == "z");
    CHECK(merge_consensus(parts, model, request_for(3)).draws.values == report.draws.values);
}

TEST_CASE("merge: a missing shard fails until accepted, a foreign or doubled one is refused") {
    std::vector<PosteriorPart> parts = shards(3);
    MergeRequest request = request_for(4);
    CHECK(verdict(merge_consensus(parts, model, request), "captured") == Verdict::fail);
    request.accepted = {"captured"};
    const MergeReport accepted = merge_consensus(parts, model, request);
    CHECK(accepted.passed());
    CHECK(accepted.accepted == std::vector<std::string>{"captured"});
    CHECK_FALSE(accepted.warnings.empty());
    CHECK_THROWS_AS(merge_consensus(parts, model, request_for(2)), Error);
    parts[2].index = 1;
    CHECK_THROWS_AS(merge_consensus(parts, model, request_for(3)), Error);
    CHECK_THROWS_AS(merge_consensus({}, model, request_for(3)), Error);
}

TEST_CASE("merge: each gate has its reason") {
    const auto failed = [](std::vector<PosteriorPart> parts, const std::string& gate) {
        const MergeReport report = merge_consensus(parts, model, request_for(3));
        return verdict(report, gate) == Verdict::fail && !report.passed();
    };
    std::vector<PosteriorPart> parts = shards(3);
    parts[1].divergent = 121;
    CHECK(failed(parts, "divergences"));
    parts[1].divergent = 120;
    CHECK_FALSE(failed(parts, "divergences"));

    parts = shards(3);
    parts[1].parameters.values.col(1).tail(600).array() += 1.5;  // chains apart
    CHECK(failed(parts, "r-hat"));

    parts = shards(3);
    parts[2].parameters.values(7, 0) = NAN;
    CHECK(failed(parts, "finite"));

    parts = shards(3);
    parts[2].parameters.values.col(0).setConstant(100.0);
    CHECK(failed(parts, "degenerate"));

    parts = shards(3);
    parts[2].parameters.values = parts[0].parameters.values;
    CHECK(failed(parts, "duplicates"));

    parts = shards(3);
    parts[2].sampled.values.array() += 9.0;
    parts[2].parameters = parts[2].sampled;
    CHECK(failed(parts, "tension"));

    parts = shards(3);
    for (Eigen::Index i = 0; i < 1200; ++i)  // 40 draws said again and again
        parts[0].parameters.values.row(i) = parts[0].parameters.values.row(i / 30).eval();
    CHECK(failed(parts, "ess"));

    parts = shards(3);
    parts[2].parameters.names = {"a", "c"};
    CHECK_THROWS_AS(merge_consensus(parts, model, request_for(3)), Error);
}

TEST_CASE("merge: priors that differ fail, unknown or impossible --accept names are refused") {
    MergeRequest request = request_for(3);
    request.prior_difference = 0.4;
    CHECK(verdict(merge_consensus(shards(3), model, request), "priors") == Verdict::fail);
    request.accepted = {"priors"};
    CHECK(merge_consensus(shards(3), model, request).passed());
    request.accepted = {"everything"};
    CHECK_THROWS_AS(merge_consensus(shards(3), model, request), Error);
    request.accepted = {"finite"};
    CHECK_THROWS_AS(merge_consensus(shards(3), model, request), Error);
}

TEST_CASE("merge: draws outside the bounds are drawn anew and counted") {
    const MergeReport report = merge_consensus(shards(3), Identity(-0.5), request_for(3));
    CHECK(report.redrawn > 100);
    CHECK(report.draws.values.minCoeff() >= -0.5);
    CHECK_THROWS_AS(merge_consensus(shards(3), Identity(50.0), request_for(3)), Error);
}

TEST_CASE("merge: replicas are pooled chain by chain") {
    MergeRequest request;
    request.kind = GateKind::replicas;
    std::vector<PosteriorPart> parts = shards(2);
    const MergeReport report = merge_replicas(parts, request);
    CHECK(report.passed());
    CHECK(report.draws.chains == 4);
    CHECK(report.draws.values.topRows(1200) == parts[0].parameters.values);
    CHECK(report.draws.values.bottomRows(1200) == parts[1].parameters.values);
    CHECK(report.table[0].ess > 1500.0);
    CHECK(report.table[0].r_hat < 1.01);

    parts[1].parameters.values.array() += 1.0;  // converged to another place
    CHECK(verdict(merge_replicas(parts, request), "r-hat") == Verdict::fail);

    parts = shards(2);
    parts[1].parameters.values.topRows(600) = parts[0].parameters.values.bottomRows(600);  // one chain in common
    CHECK(verdict(merge_replicas(parts, request), "duplicates") == Verdict::fail);
}

TEST_CASE("comparison: shift, ratio and lost correlation") {
    Draws reference;
    reference.names = {"a", "b"};
    NormalDraws normal(4);
    reference.values = normal.standardised(5000, 2);
    reference.values.col(1) = 0.6 * reference.values.col(0) + 0.8 * reference.values.col(1);
    Draws other;
    other.names = {"b", "z", "a"};
    other.values = normal.standardised(5000, 3);
    other.values.col(2) = 2.0 * other.values.col(2).array() + 1.4;
    const Comparison got = compare(reference, other, "other");
    REQUIRE(got.rows.size() == 2);
    CHECK(got.rows[0].shift_sd == Approx(1.4));
    CHECK(got.rows[0].sd_ratio == Approx(2.0));
    CHECK(got.largest_shift_sd == Approx(1.4));
    CHECK(got.largest_correlation_difference == Approx(0.6));
    CHECK(got.correlation_pair == "a, b");
    other.names = {"x", "y", "z"};
    CHECK_THROWS_AS(compare(reference, other, "other"), Error);
}

TEST_CASE("merge: the only shard of an unsharded run keeps its MCMC draws") {
    const std::vector<PosteriorPart> parts = shards(1);
    const MergeReport report = merge_consensus(parts, model, request_for(1));
    CHECK(report.method == "single");
    CHECK(report.passed());
    CHECK(report.draws.values == parts[0].parameters.values);
}
