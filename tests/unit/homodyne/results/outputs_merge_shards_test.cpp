// Shard files and their merge: a static model whose data are log D(t) at three times, so that the
// truth can be had by importance sampling.
#include <cmath>

#include "base/error.h"
#include "catch.h"
#include "homodyne/results/outputs_merge.h"
#include "homodyne/results/shard_file.h"
#include "homodyne/sites/site_map.h"
#include "merge/npz/npz.h"
#include "merge/statistics/moments.h"
#include "merge/statistics/normal_draws.h"

using namespace hlaunch;

namespace {

const TimeRange shard_times{0.1, 6.4, 0.8};

struct Model {
    bool reparameterised;   // log_D_ref, alpha, D_offset_ratio under untempered priors instead of z
    double prior_sd = 1.0;  // of a site in the whole run

    [[nodiscard]] std::vector<Site> sites(int parts) const {
        if (reparameterised) {
            const auto direct = [&](const char* name, double loc, double sd) {
                return Site{name, name, SiteKind::direct, 0.0, 1.0, {}, {}, loc, sd * prior_sd, sd * prior_sd};
            };
            return {direct("log_D_ref", 10.41, 0.05), direct("alpha", -0.45, 0.1), direct("D_offset_ratio", 0.1, 0.1)};
        }
        const double tempered = prior_sd * std::sqrt(parts);
        const auto z = [&](const char* name, double center, double scale, double low, double high) {
            return Site{std::string(name) + "_z", name, SiteKind::z, center, scale, low, high, 0.0, tempered, prior_sd};
        };
        return {z("D0", 30000.0, 20000.0, 1000.0, 200000.0), z("alpha", -0.5, 0.3, -1.5, 0.5),
                z("D_offset", 0.0, 2000.0, -10000.0, 10000.0)};
    }
};

double log_prior(const Eigen::VectorXd& x, const SitePriors& prior) {
    return -0.5 * ((x - prior.mean).array() / prior.sd.array()).square().sum();
}

// Draws of a posterior whose likelihood is Gaussian in eta: by rejection from the likelihood.
Draws posterior(const SiteMap& map, const SitePriors& prior, const Eigen::Vector3d& centre, const Eigen::Vector3d& sd,
                Eigen::Index rows, NormalDraws& normal) {
    const Coordinate& eta = *map.coordinates().back();
    Eigen::VectorXd x;
    Eigen::VectorXd u;
    Eigen::VectorXd theta;
    Eigen::MatrixXd du_dx;
    const auto propose = [&](double& log_weight) {
        do {
            u = centre + sd.cwiseProduct(Eigen::Vector3d(normal.next(3)));
        } while (!eta.to_sampling(u, x) || !eta.from_sampling(x, u, du_dx));
        log_weight = log_prior(x, prior) - std::log(std::abs(du_dx.determinant()));
    };
    double most = -INFINITY;
    double log_weight = 0.0;
    for (int i = 0; i < 4000; ++i) {
        propose(log_weight);
        most = std::max(most, log_weight);
    }
    Draws result;
    result.names = map.sites();
    result.names.insert(result.names.end(), map.parameters().begin(), map.parameters().end());
    if (map.sites()[1] == "alpha") result.names[1] = "alpha_site";  // recorded once in a real file; see below
    result.chains = 2;
    result.values.resize(rows, 6);
    for (Eigen::Index kept = 0; kept < rows;) {
        propose(log_weight);
        const double chance = 0.5 * std::erfc(-normal.next() / std::sqrt(2.0));
        if (std::log(chance) > log_weight - most) continue;
        REQUIRE(map.to_parameters(x, theta));
        result.values.row(kept++) << x.transpose(), theta.transpose();
    }
    return result;
}

struct Synthetic {
    std::vector<ShardFile> shards;
    Eigen::MatrixXd truth;  // draws of the whole posterior, parameters sorted by name
};

Synthetic make(const Model& model, int parts, double noise, std::uint64_t seed) {
    NormalDraws normal(seed);
    const SiteMap map(model.sites(parts), shard_times);
    const Eigen::Vector3d target(std::log(30000.0 * std::pow(0.1, -0.5) + 2000.0),
                                 std::log(30000.0 * std::pow(0.8, -0.5) + 2000.0),
                                 std::log(30000.0 * std::pow(6.4, -0.5) + 2000.0));
    Synthetic result;
    Eigen::Vector3d shift = Eigen::Vector3d::Zero();
    Eigen::Vector3d precision = Eigen::Vector3d::Zero();
    for (int k = 0; k < parts; ++k) {
        Eigen::Vector3d sd = Eigen::Vector3d::Constant(noise * std::sqrt(parts));
        sd(k % 3) *= 0.5;  // unlike parts
        const Eigen::Vector3d centre = target + sd.cwiseProduct(Eigen::Vector3d(normal.next(3)));
        precision += sd.cwiseAbs2().cwiseInverse();
        shift += centre.cwiseQuotient(sd.cwiseAbs2());
        ShardFile file;
        file.path = "shard" + std::to_string(k);
        file.shard = k;
        file.num_shards = parts;
        file.columns = posterior(map, map.priors(), centre, sd, 4000, normal);
        if (model.reparameterised) file.columns.names[1] = "alpha";
        file.meta = ShardMeta{.run_key = "key",
                              .homodyne = "2.23.3",
                              .model = "auto",
                              .analysis_mode = "static",
                              .per_angle_mode = "auto",
                              .times = shard_times,
                              .n_warmup = 0,
                              .duration_s = 0.0,
                              .sites = model.sites(parts)};
        result.shards.push_back(file);
    }
    const Draws whole = posterior(map, map.full_priors(), shift.cwiseQuotient(precision),
                                  precision.cwiseInverse().cwiseSqrt(), 60000, normal);
    result.truth = whole.values.rightCols(3);
    return result;
}

struct Errors {
    double mean;
    double sd;
    double correlation;
};

Errors errors(const MergeReport& report, const Eigen::MatrixXd& truth) {
    const Moments got = moments(report.draws.values);
    const Moments want = moments(truth);
    const Eigen::VectorXd sd = standard_deviations(want.covariance);
    return {((got.mean - want.mean).array() / sd.array()).abs().maxCoeff(),
            (standard_deviations(got.covariance).array() / sd.array() - 1.0).abs().maxCoeff(),
            (correlation(got.covariance) - correlation(want.covariance)).cwiseAbs().maxCoeff()};
}

std::string refusal(std::span<const ShardFile> shards, const ShardMergeRequest& request = {}) {
    try {
        (void)merge_shards(shards, request);
    } catch (const Error& error) {
        return error.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("shards: the merge of a curved static posterior is the whole one, in eta") {
    const Synthetic s = make({.reparameterised = false}, 4, 0.012, 3);
    const MergeReport report = merge_shards(s.shards, {});
    CHECK(report.passed());
    CHECK(report.parametrisation == "eta");
    const Errors off = errors(report, s.truth);
    CHECK(off.mean < 0.1);
    CHECK(off.sd < 0.05);
    CHECK(off.correlation < 0.02);

    std::vector<ShardFile> without_times = s.shards;  // only z is left: right in kind, worse in numbers
    for (ShardFile& shard : without_times) shard.meta->times = {};
    const MergeReport in_z = merge_shards(without_times, {});
    CHECK(in_z.parametrisation == "z");
    const Errors off_z = errors(in_z, s.truth);
    CHECK(off_z.mean < 0.5);
    CHECK(off_z.mean > off.mean);
}

TEST_CASE("shards: untempered priors of direct sites are counted once, in z and in eta") {
    for (const bool with_eta : {true, false}) {
        Synthetic s = make({.reparameterised = true}, 3, 0.02, 8);
        if (!with_eta)
            for (ShardFile& shard : s.shards) shard.meta->times.dt.reset();
        const MergeReport report = merge_shards(s.shards, {});
        INFO(report.parametrisation);
        CHECK(report.priors.find("corrected") == 0);
        const Errors off = errors(report, s.truth);
        CHECK(off.mean < 0.12);
        CHECK(off.sd < 0.06);
        CHECK(off.correlation < 0.03);
        // Left in three times they would not do.
        for (ShardFile& shard : s.shards)
            for (Site& site : shard.meta->sites) site.full_prior_sd /= std::sqrt(3.0);
        CHECK(errors(merge_shards(s.shards, {}), s.truth).sd > 0.1);
    }
}

TEST_CASE("shards: what does not belong together is refused") {
    const Synthetic s = make({.reparameterised = false}, 2, 0.02, 1);
    REQUIRE(refusal(s.shards) == "accepted");
    const auto with = [&](auto change) {
        std::vector<ShardFile> shards = s.shards;
        change(shards[1]);
        return refusal(shards);
    };
    CHECK(with([](ShardFile& f) { f.meta->run_key = "other"; }).find("run key") != std::string::npos);
    CHECK(with([](ShardFile& f) { f.meta->analysis_mode = "laminar_flow"; }).find("analysis mode") !=
          std::string::npos);
    CHECK(with([](ShardFile& f) { f.num_shards = 3; }).find("num_shards") != std::string::npos);
    CHECK(with([](ShardFile& f) { f.meta->sites[0].center = 45339.0; }).find("D0") != std::string::npos);
    CHECK(with([](ShardFile& f) { f.meta->sites.pop_back(); }).find("D_offset") != std::string::npos);
    CHECK(with([](ShardFile& f) { f.meta.reset(); }).find("no meta") != std::string::npos);
    CHECK(with([](ShardFile& f) { f.columns.names[0] = "x"; }).find("D0_z") != std::string::npos);
    CHECK(refusal({}) != "accepted");
}

TEST_CASE("shards: priors that homodyne lost are found, by the draws and by the config") {
    const Synthetic s = make({.reparameterised = false}, 2, 0.02, 1);
    const auto verdict = [](const MergeReport& report) {
        for (const Check& check : report.checks)
            if (check.name == "priors") return check.verdict;
        return Verdict::warn;
    };
    CHECK(verdict(merge_shards(s.shards, {})) == Verdict::pass);
    ShardMergeRequest request;
    request.config = read_parameter_space(HLAUNCH_TEST_DATA "/fixtures/configs/full_l.yaml");
    CHECK(verdict(merge_shards(s.shards, request)) == Verdict::pass);
    request.config->entries["alpha"].scale = 0.31;
    CHECK(verdict(merge_shards(s.shards, request)) == Verdict::fail);
    std::vector<ShardFile> lying = s.shards;  // the meta says one thing, the workers did another
    for (ShardFile& shard : lying) shard.meta->sites[0].center = 45339.0;
    CHECK(verdict(merge_shards(lying, {})) == Verdict::fail);
}
