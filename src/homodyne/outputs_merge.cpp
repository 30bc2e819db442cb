#include "homodyne/outputs_merge.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "merge/part_checks.h"

namespace hlaunch {
namespace {

// The largest difference met so far, and where.
struct Difference {
    double value = 0.0;
    std::string where;
    void see(double candidate, const std::string& at) {
        if (std::isnan(value) || !(candidate > value || std::isnan(candidate))) return;
        value = candidate;
        where = at;
    }
};

// Do the recorded parameters follow from the recorded sites by the map we believe in? Relative to
// the bounds' range.
void check_recorded(const Part& part, const SiteMap& map, Difference& worst) {
    Eigen::VectorXd theta;
    const Eigen::Index rows = part.sampled.values.rows();
    const Eigen::Index step = std::max<Eigen::Index>(1, rows / 200);
    for (Eigen::Index row = 0; row < rows; row += step) {
        const Eigen::VectorXd x = part.sampled.values.row(row).transpose();
        if (!x.allFinite() || !part.parameters.values.row(row).allFinite()) continue;
        if (!map.to_parameters(x, theta)) {
            worst.see(std::numeric_limits<double>::infinity(),
                      part.label + ": a draw outside its bounds");
            continue;
        }
        for (const Site& site : map.all()) {
            if (!map.has(site.parameter) || !site.low || !site.high) continue;
            const Eigen::Index column = map.index_of(site.parameter);
            worst.see(std::abs(theta(column) - part.parameters.values(row, column)) /
                          (*site.high - *site.low),
                      fmt::format("{} of {}", site.parameter, part.label));
        }
    }
}

void check_config(const SiteMap& map, const ParameterSpace& config, Difference& worst) {
    for (const Site& site : map.all()) {
        const auto entry = config.find(site.parameter);
        if (!entry || site.kind != SiteKind::z) continue;
        const double range = entry->high - entry->low;
        const std::string where = fmt::format(
            "{}: sampled with centre {:.6g}, scale {:.6g}, bounds {:.6g}..{:.6g}; {} says {:.6g}, "
            "{:.6g}, "
            "{:.6g}..{:.6g}",
            site.parameter, site.center, site.scale, site.low.value_or(NAN),
            site.high.value_or(NAN), config.source, entry->center, entry->scale, entry->low,
            entry->high);
        worst.see(std::abs(site.center - entry->center) / range, where);
        worst.see(std::abs(site.scale - entry->scale) / range, where);
        worst.see(std::abs(site.low.value_or(NAN) - entry->low) / range, where);
        worst.see(std::abs(site.high.value_or(NAN) - entry->high) / range, where);
    }
}

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
            shard.path.string(), i < sites.size() ? sites[i].parameter : of_first[i].parameter,
            first.path.string());
    }
}

std::string describe_priors(std::span<const Site> sites, std::size_t parts) {
    bool once = true;
    for (const Site& site : sites)
        once = once && std::abs(static_cast<double>(parts) * site.full_prior_sd *
                                    site.full_prior_sd / (site.prior_sd * site.prior_sd) -
                                1.0) < 1e-9;
    return once ? "tempered: each part was sampled under prior^(1/K)"
                : "corrected: the surplus of untempered priors was divided out";
}

}  // namespace

std::vector<std::string> model_parameters(const Draws& columns) {
    std::vector<std::string> names;
    std::ranges::copy_if(columns.names, std::back_inserter(names), is_model_parameter);
    std::ranges::sort(names);
    return names;
}

MergeReport merge_shards(std::span<const ShardFile> shards, const ShardMergeRequest& request) {
    if (shards.empty())
        throw usage_error(
            "no shard file was found; give run folders or folders of SSSSS.npz files");
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
    std::vector<Part> parts;
    Difference difference;
    for (const ShardFile& shard : shards) {
        Part part;
        part.label = fmt::format("shard {}", shard.shard);
        part.index = shard.shard;
        part.sampled = select_columns(shard.columns, map.sites(), shard.path.string());
        part.parameters = select_columns(shard.columns, map.parameters(), shard.path.string());
        part.divergent = shard.divergent;
        part.prior = SiteMap(shard.meta->sites, shard.meta->times).priors();
        check_recorded(part, map, difference);
        parts.push_back(std::move(part));
    }
    std::ranges::sort(parts, {}, &Part::index);
    if (request.config) check_config(map, *request.config, difference);
    merge.prior_difference = difference.value;
    merge.prior_difference_where = difference.where;
    return merge_consensus(parts, map, merge);
}

namespace {

void require_one_scan(std::span<const OutputFolder> folders,
                      std::span<const ParameterSpace> configs) {
    for (const OutputFolder& folder : folders) {
        const OutputFolder& first = folders.front();
        if (folder.analysis_mode != first.analysis_mode)
            throw usage_error(
                "{} is of mode {:?}, {} of {:?}: different models cannot be merged; report them "
                "side by "
                "side",
                folder.path.string(), folder.analysis_mode, first.path.string(),
                first.analysis_mode);
        if (!folder.q.empty() && !first.q.empty() && folder.q != first.q)
            throw usage_error(
                "{} and {} are of different q ({:g} and {:g}): different scans give a table, not a "
                "merge (hlaunch campaign)",
                first.path.string(), folder.path.string(), first.q.front(), folder.q.front());
        for (const OutputFolder& other : folders) {
            if (&other == &folder) break;
            for (std::size_t i = 0; i < folder.c2_exp.size(); ++i)
                if (std::ranges::find(other.c2_exp, folder.c2_exp[i]) != other.c2_exp.end())
                    throw usage_error(
                        "{} and {} share the data of phi = {:g}: they are not disjoint and would "
                        "count "
                        "it twice; cut the angles apart or use --kind replicas",
                        other.path.string(), folder.path.string(),
                        i < folder.phi_angles.size() ? folder.phi_angles[i] : NAN);
        }
    }
    for (const ParameterSpace& config : configs)
        if (config.q && configs.front().q && config.q != configs.front().q)
            throw usage_error(
                "{} and {} have different wavevector_q: different scans give a table, not a merge",
                configs.front().source, config.source);
}

// The draws in z: as recorded, or computed where a folder has none at all (results of an earlier
// merge).
Draws sampled_draws(const OutputFolder& folder, const SiteMap& map) {
    const auto has_column = [&](const std::string& name) {
        return std::ranges::find(folder.columns.names, name) != folder.columns.names.end();
    };
    std::vector<std::string> missing;
    for (const Site& site : map.all())
        if (!has_column(site.name)) missing.push_back(site.parameter);
    if (missing.empty()) return select_columns(folder.columns, map.sites(), folder.path.string());
    if (missing.size() < map.sites().size())
        throw usage_error(
            "{}: {} sampled under NLSQ-informed priors, which its files do not tell, so they "
            "cannot be "
            "counted once; run with optimization.cmc.validation.use_nlsq_informed_priors: false, "
            "or "
            "split with `hlaunch run`",
            folder.path.string(),
            fmt::format("{} {}", fmt::join(missing, ", "), missing.size() > 1 ? "were" : "was"));
    const Draws parameters = select_columns(folder.columns, map.parameters(), folder.path.string());
    Draws result = parameters;
    result.names = map.sites();
    Eigen::VectorXd x;
    for (Eigen::Index row = 0; row < parameters.values.rows(); ++row) {
        if (!map.to_sites(parameters.values.row(row).transpose(), x))
            throw usage_error(
                "{}: draw {} lies outside the bounds of the config; give the config it was made "
                "with",
                folder.path.string(), row);
        result.values.row(row) = x.transpose();
    }
    return result;
}

Part part_of(const OutputFolder& folder, std::size_t index) {
    Part part;
    part.label = folder.path.string();
    part.index = static_cast<std::int64_t>(index);
    part.parameters = select_columns(folder.columns, model_parameters(folder.columns), part.label);
    part.divergent = folder.divergent;
    part.own_combination = folder.num_shards > 1 && !folder.merged_by_hlaunch;
    return part;
}

void require_same_priors(const SiteMap& map, const ParameterSpace& config, const SiteMap& first,
                         const ParameterSpace& first_config) {
    if (map.parameters() != first.parameters()) return;  // refused with its own reason by the merge
    for (std::size_t i = 0; i < map.all().size(); ++i)
        if (!map.all()[i].same_map(first.all()[i]))
            throw usage_error(
                "{} and {} differ in the bounds or prior of {}: these posteriors have no common "
                "prior; "
                "run both with the same parameter_space",
                first_config.source, config.source, map.all()[i].parameter);
}

}  // namespace

MergeReport merge_disjoint(std::span<const OutputFolder> folders,
                           std::span<const ParameterSpace> configs, PriorTreatment priors,
                           std::vector<std::string> accepted) {
    if (folders.size() < 2) throw usage_error("--kind disjoint needs two output folders or more");
    if (configs.size() != 1 && configs.size() != folders.size())
        throw usage_error(
            "--kind disjoint needs the homodyne config, for bounds and priors: one --config for "
            "all {} "
            "folders or one for each, {} given",
            folders.size(), configs.size());
    require_one_scan(folders, configs);
    const auto config_of = [&](std::size_t i) -> const ParameterSpace& {
        return configs[configs.size() == 1 ? 0 : i];
    };

    TimeRange times{config_of(0).dt, {}, {}};
    for (std::size_t i = 0; i < folders.size(); ++i)
        for (const auto& t_max : {folders[i].t_max, config_of(i).t_max})
            if (t_max && (!times.t_max || *t_max > *times.t_max)) times.t_max = t_max;
    // eta needs times that are spread, not the very last one.
    constexpr double usual_frames = 64.0;
    if (times.dt && !times.t_max) times.t_max = usual_frames * *times.dt;

    // With tempered priors a part's N(0, 1) in z is prior^(1/K): the whole one is narrower by
    // sqrt(K).
    const double whole = priors == PriorTreatment::tempered
                             ? 1.0 / std::sqrt(static_cast<double>(folders.size()))
                             : 1.0;
    const auto sites_of = [&](std::size_t i) {
        std::vector<Site> sites;
        for (const std::string& name : model_parameters(folders[i].columns)) {
            if (without_angle(name) != name)
                throw usage_error(
                    "{}: {} counts the angles of this folder alone; parts of different angles "
                    "share it "
                    "only with optimization.cmc.per_angle_mode: auto",
                    folders[i].path.string(), name);
            sites.push_back(config_of(i).site(name, 1.0, whole));
        }
        if (sites.empty())
            throw usage_error("{}: holds no parameter of a homodyne model",
                              folders[i].path.string());
        return sites;
    };
    const SiteMap map(sites_of(0), times);
    MergeRequest merge;
    merge.kind = GateKind::disjoint;
    merge.accepted = std::move(accepted);
    merge.full_prior = map.full_priors();
    merge.priors =
        priors == PriorTreatment::tempered
            ? "tempered: each folder was run under prior^(1/K)"
            : fmt::format("full: the prior was divided out {} times", folders.size() - 1);
    // homodyne counts both triangles of the symmetric c2, so the means of independent data spread
    // by twice the variance that their posteriors claim.
    merge.mean_variance = 2.0;
    std::vector<Part> parts;
    for (std::size_t i = 0; i < folders.size(); ++i) parts.push_back(part_of(folders[i], i));
    // Draws that nothing can come of are reported before their priors are asked for: a diverged run
    // has none.
    if (hopeless(parts, merge.kind)) return merge_consensus(parts, map, merge);
    Difference difference;
    for (std::size_t i = 0; i < folders.size(); ++i) {
        const SiteMap own(sites_of(i), times);
        require_same_priors(own, config_of(i), map, config_of(0));
        parts[i].sampled = sampled_draws(folders[i], own);
        parts[i].prior = own.priors();
        check_recorded(parts[i], own, difference);
    }
    merge.prior_difference = difference.value;
    merge.prior_difference_where = difference.where;
    return merge_consensus(parts, map, merge);
}

MergeReport merge_replica_folders(std::span<const OutputFolder> folders,
                                  std::vector<std::string> accepted) {
    MergeRequest merge;
    merge.kind = GateKind::replicas;
    merge.accepted = std::move(accepted);
    merge.priors = "as sampled: every replica has the whole prior";
    std::vector<Part> parts;
    for (const OutputFolder& folder : folders) {
        const OutputFolder& first = folders.front();
        if (folder.analysis_mode != first.analysis_mode)
            throw usage_error("{} is of mode {:?}, {} of {:?}: different models cannot be pooled",
                              folder.path.string(), folder.analysis_mode, first.path.string(),
                              first.analysis_mode);
        const bool other_data =
            (!folder.q.empty() && !first.q.empty() && folder.q != first.q) ||
            (!folder.c2_exp.empty() && !first.c2_exp.empty() && folder.c2_exp != first.c2_exp);
        if (other_data)
            throw usage_error(
                "{} and {} were made from different data: they are no replicas; use --kind "
                "disjoint if "
                "the data are parts of one scan",
                first.path.string(), folder.path.string());
        parts.push_back(part_of(folder, parts.size()));
    }
    return merge_replicas(parts, merge);
}

}  // namespace hlaunch
