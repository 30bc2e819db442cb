#include "homodyne/plan/task_file.h"

#include <array>
#include <nlohmann/json.hpp>

namespace hlaunch::homodyne {
namespace {

nlohmann::json placement_json(const Placement& placement, unsigned physical) {
    return {{"logical", placement.cpus.size()}, {"physical", physical}, {"memory_bytes", placement.memory_bytes}};
}

}  // namespace

nlohmann::json survey_task(const std::string& user_config, const std::string& user_cwd, const RunFolder& folder,
                           const AnalysisRequest& request, unsigned placements,
                           const std::map<unsigned, std::string>& replica_configs, const std::string& fit_to_examine) {
    nlohmann::json task{{"task", "survey"},
                        {"user_config", user_config},
                        {"user_cwd", user_cwd},
                        {"config", folder.survey().config()},
                        {"facts", folder.survey().root + "/facts.json"},
                        {"method", request.mode == Mode::nlsq        ? "nlsq"
                                   : request.mode == Mode::automatic ? "auto"
                                                                     : "cmc"},
                        {"stage", request.stage},
                        {"min_shards", request.split == Split::shards ? placements : 1},
                        {"keep_stratification", request.keep_stratification}};
    if (!fit_to_examine.empty()) task["nlsq_result"] = fit_to_examine;
    if (request.short_run)
        task["short_run"] = {{"num_warmup", request.short_run->num_warmup},
                             {"num_samples", request.short_run->num_samples},
                             {"num_shards", request.short_run->num_shards},
                             {"fix_shards", request.short_run->fix_shards}};
    for (const auto& [seed, path] : replica_configs) task["replicas"][std::to_string(seed)] = path;
    return task;
}

nlohmann::json versions_task(const std::string& facts_path) {
    return {{"task", "versions"}, {"facts", facts_path}};
}

nlohmann::json scan_survey_task(const ScanSurvey& scan, const Placement& placement) {
    nlohmann::json chosen{{"data", scan.data}};
    if (scan.q_per_angstrom) chosen["q"] = *scan.q_per_angstrom;
    return {{"task", "survey"},          {"placement", placement_json(placement, placement.cores)},
            {"shm_prefix", ""},          {"user_config", scan.user_config},
            {"user_cwd", scan.cwd},      {"config", scan.config},
            {"facts", scan.facts},       {"method", "nlsq"},
            {"scan", std::move(chosen)}, {"keep_stratification", scan.keep_stratification}};
}

nlohmann::json scan_task(const Placement& placement, const PartFolder& folder, const std::string& shm_prefix,
                         std::string_view plots, bool hooks) {
    auto task = nlsq_task(placement, folder, shm_prefix, hooks);
    task["plots"] = plots;
    return task;
}

nlohmann::json serve_task(const Placement& placement, const std::string& shm_prefix, const std::string& requests,
                          const std::string& replies, std::uint64_t most_compiled_bytes) {
    return {{"task", "serve"},          {"placement", placement_json(placement, placement.cores)},
            {"shm_prefix", shm_prefix}, {"requests", requests},
            {"replies", replies},       {"most_compiled_bytes", most_compiled_bytes}};
}

nlohmann::json nlsq_task(const Placement& placement, const PartFolder& folder, const std::string& shm_prefix,
                         bool hooks) {
    return {{"task", hooks ? "nlsq" : "plain"},
            {"placement", placement_json(placement, placement.cores)},
            {"shm_prefix", shm_prefix},
            {"examination", folder.examination()}};
}

nlohmann::json part_task(const Part& part, const Placement& placement, const AnalysisRequest& request,
                         const Facts& facts, const PartFolder& folder, const std::string& run_key,
                         const std::string& shm_prefix) {
    // A lone shard has a companion that only ends (slices.py): one worker runs them one after the other.
    const unsigned workers = part.shards.size() == 1 ? 1 : planned_workers(placement, request, facts);
    nlohmann::json task{{"placement", placement_json(placement, workers + 1)},
                        {"shm_prefix", shm_prefix},
                        {"config", folder.config()},
                        {"run_key", run_key}};
    if (part.kind == "shards") {
        task["task"] = "slice";
        task["shards"] = part.shards;
        task["num_shards"] = facts.num_shards;
        task["capture_dir"] = folder.shards();
        task["repair_priors"] = request.repair_priors;
    } else {
        task["task"] = part.kind == "replica" ? "replica" : "plain";
    }
    return task;
}

nlohmann::json evaluate_task(const Placement& placement, const std::vector<std::string>& shard_dirs,
                             const std::string& merged_samples, unsigned chains, const std::string& own_combination,
                             bool plots, const std::string& shm_prefix) {
    return {{"task", "evaluate"},
            {"placement", placement_json(placement, placement.cores)},
            {"shm_prefix", shm_prefix},
            {"shard_dirs", shard_dirs},
            {"merged_samples", merged_samples},
            {"merged_chains", chains},
            {"own_combination", own_combination},
            {"plots", plots}};
}

nlohmann::json density_task(const Placement& placement, const std::string& shm_prefix, const std::string& requests,
                            const std::string& replies) {
    return {{"task", "density"},
            {"placement", placement_json(placement, 1)},
            {"shm_prefix", shm_prefix},
            {"requests", requests},
            {"replies", replies}};
}

nlohmann::json prepare_density_request(const DensityPoints& points) {
    nlohmann::json out{{"task", "density"},
                       {"do", "prepare"},
                       {"config", points.config},
                       {"nlsq_result", nullptr},
                       {"yaml_priors", points.yaml_priors},
                       {"folder", points.folder}};
    if (!points.nlsq_result.empty()) out["nlsq_result"] = points.nlsq_result;
    return out;
}

const char* word_of(DensityAnswer what) {
    static constexpr std::array words{"sums", "quadratic", "parameters", "residuals", "coarse", "yaml"};
    return words[static_cast<std::size_t>(what)];
}

nlohmann::json import_density_request() {
    return {{"task", "density"}, {"do", "import"}};
}

nlohmann::json forget_density_request() {
    return {{"task", "density"}, {"do", "forget"}};
}

nlohmann::json density_request(DensityAnswer what, const DensitySlice& slice) {
    const bool coarse = what == DensityAnswer::coarse, yaml = what == DensityAnswer::yaml;
    nlohmann::json out{{"task", "density"},      {"do", word_of(coarse || yaml ? DensityAnswer::quadratic : what)},
                       {"folder", slice.folder}, {"first", slice.first},
                       {"last", slice.last},     {"points", nullptr},
                       {"answer", slice.answer}, {"coarse", coarse},
                       {"yaml", yaml},           {"prior", nullptr},
                       {"key", slice.key}};
    if (!slice.points.empty()) out["points"] = slice.points;
    if (!slice.prior.empty()) out["prior"] = slice.prior;
    return out;
}

}  // namespace hlaunch::homodyne
