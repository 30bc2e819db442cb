#include "homodyne/results/outputs_merge.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "homodyne/results/outputs_priors.h"

namespace hlaunch {
namespace {

void require_same_run(const ShardFile& shard, const ShardFile& first) {
    const auto differ = [&](const std::string& what, const std::string& a, const std::string& b) {
        if (a != b)
            throw usage_error(
                "{}: {} {:?}, but {} has {:?}: shards of different runs cannot be merged; give one "
                "run's folders",
                shard.path.string(), what, a, first.path.string(), b);
    };
    differ("run key", shard.meta->run_key, first.meta->run_key);
    differ("num_shards", std::to_string(shard.num_shards), std::to_string(first.num_shards));
    differ("homodyne version", shard.meta->homodyne, first.meta->homodyne);
    differ("model", shard.meta->model, first.meta->model);
    differ("analysis mode", shard.meta->analysis_mode, first.meta->analysis_mode);
    differ("per-angle mode", shard.meta->per_angle_mode, first.meta->per_angle_mode);
    const auto& sites = shard.meta->sites;
    const auto& of_first = first.meta->sites;
    for (std::size_t i = 0; i < std::max(sites.size(), of_first.size()); ++i) {
        if (i < sites.size() && i < of_first.size() && sites[i].same_map(of_first[i])) continue;
        throw usage_error(
            "{}: its sampling of {} differs from that of {} (site, bounds, centre or scale): their "
            "posteriors cannot be multiplied; run the odd shards again",
            shard.path.string(), i < sites.size() ? sites[i].parameter : of_first[i].parameter, first.path.string());
    }
}

std::string describe_priors(std::span<const Site> sites, std::size_t parts) {
    bool once = true;
    for (const Site& site : sites)
        once = once && std::abs(static_cast<double>(parts) * site.full_prior_sd * site.full_prior_sd /
                                    (site.prior_sd * site.prior_sd) -
                                1.0) < 1e-9;
    return once ? "tempered: each part was sampled under prior^(1/K)"
                : "corrected: the surplus of untempered priors was divided out";
}

}  // namespace

MergeReport merge_shards(std::span<const ShardFile> shards, const ShardMergeRequest& request) {
    if (shards.empty()) throw usage_error("no shard file was found; give run folders or folders of SSSSS.npz files");
    for (const ShardFile& shard : shards) {
        if (!shard.meta || shard.meta->sites.empty())
            throw usage_error(
                "{}: has no meta about its sampling sites, so its priors and bounds are unknown; "
                "run "
                "the shards again with this version of hlaunch",
                shard.path.string());
        require_same_run(shard, shards.front());
    }
    const ShardMeta& meta = *shards.front().meta;
    const SiteMap map(meta.sites, meta.times);
    MergeRequest merge;
    merge.kind = GateKind::shards;
    merge.planned = shards.front().num_shards;
    merge.accepted = request.accepted;
    merge.full_prior = map.full_priors();
    merge.priors = describe_priors(meta.sites, static_cast<std::size_t>(shards.front().num_shards));
    std::vector<PosteriorPart> parts;
    PriorDifference difference;
    for (const ShardFile& shard : shards) {
        PosteriorPart part;
        part.label = fmt::format("shard {}", shard.shard);
        part.index = shard.shard;
        part.sampled = select_columns(shard.columns, map.sites(), shard.path.string());
        part.parameters = select_columns(shard.columns, map.parameters(), shard.path.string());
        part.divergent = shard.divergent;
        part.prior = SiteMap(shard.meta->sites, shard.meta->times).priors();
        check_recorded(part, map, difference);
        parts.push_back(std::move(part));
    }
    std::ranges::sort(parts, {}, &PosteriorPart::index);
    if (request.config) check_config(map, *request.config, difference);
    merge.prior_difference = difference.value;
    merge.prior_difference_where =
        fmt::format("{} of {} sampled parameters compared with the config{}{}", difference.compared, map.all().size(),
                    difference.where.empty() ? "" : "; ", difference.where);
    auto report = merge_consensus(parts, map, merge);
    give_remedies(merge.kind, request.remedies, report.checks);
    return report;
}

}  // namespace hlaunch
