#include "homodyne/results/outputs_merge.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "homodyne/results/outputs_priors.h"
#include "merge/part_checks.h"

namespace hlaunch {

std::vector<std::string> model_parameters(const Draws& columns) {
    std::vector<std::string> names;
    std::ranges::copy_if(columns.names, std::back_inserter(names), is_model_parameter);
    std::ranges::sort(names);
    return names;
}

namespace {

void require_one_scan(std::span<const OutputFolder> folders, std::span<const ParameterSpace> configs) {
    for (const OutputFolder& folder : folders) {
        const OutputFolder& first = folders.front();
        if (folder.analysis_mode != first.analysis_mode)
            throw usage_error(
                "{} is of mode {:?}, {} of {:?}: different models cannot be merged; report them "
                "side by "
                "side",
                folder.path.string(), folder.analysis_mode, first.path.string(), first.analysis_mode);
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
            throw usage_error("{} and {} have different wavevector_q: different scans give a table, not a merge",
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
            folder.path.string(), fmt::format("{} {}", fmt::join(missing, ", "), missing.size() > 1 ? "were" : "was"));
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

PosteriorPart part_of(const OutputFolder& folder, std::size_t index) {
    PosteriorPart part;
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

// What was let pass in an input is no better in what is made of it.
void warn_of_accepted(MergeReport& report, std::span<const OutputFolder> folders) {
    for (const OutputFolder& folder : folders)
        if (!folder.accepted.empty())
            report.warnings.push_back(fmt::format("{}: {} failed in its own merge and {} let pass (--accept)",
                                                  folder.path.string(), fmt::join(folder.accepted, ", "),
                                                  folder.accepted.size() == 1 ? "was" : "were"));
}

}  // namespace

MergeReport merge_disjoint(std::span<const OutputFolder> folders, std::span<const ParameterSpace> configs,
                           PriorTreatment priors, std::vector<std::string> accepted) {
    if (folders.size() < 2) throw usage_error("--kind disjoint needs two output folders or more");
    if (configs.size() != 1 && configs.size() != folders.size())
        throw usage_error(
            "--kind disjoint needs the homodyne config, for bounds and priors: one --config for "
            "all {} "
            "folders or one for each, {} given",
            folders.size(), configs.size());
    require_one_scan(folders, configs);
    std::vector<std::string> unseen;
    for (const OutputFolder& folder : folders)
        if (folder.c2_exp.empty()) unseen.push_back(folder.path.string());
    const auto config_of = [&](std::size_t i) -> const ParameterSpace& { return configs[configs.size() == 1 ? 0 : i]; };

    TimeRange times{config_of(0).dt, {}, {}};
    for (std::size_t i = 0; i < folders.size(); ++i)
        for (const auto& t_max : {folders[i].t_max, config_of(i).t_max})
            if (t_max && (!times.t_max || *t_max > *times.t_max)) times.t_max = t_max;
    // eta needs times that are spread, not the very last one.
    constexpr double usual_frames = 64.0;
    if (times.dt && !times.t_max) times.t_max = usual_frames * *times.dt;

    // With tempered priors a part's N(0, 1) in z is prior^(1/K): the whole one is narrower by
    // sqrt(K).
    const double whole =
        priors == PriorTreatment::tempered ? 1.0 / std::sqrt(static_cast<double>(folders.size())) : 1.0;
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
        if (sites.empty()) throw usage_error("{}: holds no parameter of a homodyne model", folders[i].path.string());
        return sites;
    };
    const SiteMap map(sites_of(0), times);
    MergeRequest merge;
    merge.kind = GateKind::disjoint;
    merge.accepted = std::move(accepted);
    merge.full_prior = map.full_priors();
    merge.priors = priors == PriorTreatment::tempered
                       ? "tempered: each folder was run under prior^(1/K)"
                       : fmt::format(
                             "full: each folder was run under the whole prior, which was divided "
                             "out {} time{}",
                             folders.size() - 1, folders.size() == 2 ? "" : "s");
    // homodyne counts both triangles of the symmetric c2, so the means of independent data spread
    // by twice the variance that their posteriors claim.
    merge.mean_variance = 2.0;
    std::vector<PosteriorPart> parts;
    for (std::size_t i = 0; i < folders.size(); ++i) parts.push_back(part_of(folders[i], i));
    // Draws that nothing can come of are reported before their priors are asked for: a diverged run
    // has none.
    if (hopeless(parts, merge.kind)) return merge_consensus(parts, map, merge);
    PriorDifference difference;
    for (std::size_t i = 0; i < folders.size(); ++i) {
        const SiteMap own(sites_of(i), times);
        require_same_priors(own, config_of(i), map, config_of(0));
        parts[i].sampled = sampled_draws(folders[i], own);
        parts[i].prior = own.priors();
        check_recorded(parts[i], own, difference);
    }
    merge.prior_difference = difference.value;
    merge.prior_difference_where = difference.where;
    auto report = merge_consensus(parts, map, merge);
    if (!unseen.empty())
        report.warnings.push_back(
            fmt::format("without fitted_data.npz nobody can tell that these hold other data than the rest: {}",
                        fmt::join(unseen, ", ")));
    warn_of_accepted(report, folders);
    return report;
}

MergeReport merge_replica_folders(std::span<const OutputFolder> folders, std::vector<std::string> accepted) {
    MergeRequest merge;
    merge.kind = GateKind::replicas;
    merge.accepted = std::move(accepted);
    merge.priors = "as sampled: every replica has the whole prior";
    std::vector<PosteriorPart> parts;
    for (const OutputFolder& folder : folders) {
        const OutputFolder& first = folders.front();
        if (folder.analysis_mode != first.analysis_mode)
            throw usage_error("{} is of mode {:?}, {} of {:?}: different models cannot be pooled", folder.path.string(),
                              folder.analysis_mode, first.path.string(), first.analysis_mode);
        const bool other_data = (!folder.q.empty() && !first.q.empty() && folder.q != first.q) ||
                                (!folder.c2_exp.empty() && !first.c2_exp.empty() && folder.c2_exp != first.c2_exp);
        if (other_data)
            throw usage_error(
                "{} and {} were made from different data: they are no replicas; use --kind "
                "disjoint if "
                "the data are parts of one scan",
                first.path.string(), folder.path.string());
        parts.push_back(part_of(folder, parts.size()));
    }
    auto report = merge_replicas(parts, merge);
    warn_of_accepted(report, folders);
    return report;
}

}  // namespace hlaunch
