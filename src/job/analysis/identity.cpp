#include "job/analysis/identity.h"

#include "homodyne/app/nlsq_result.h"
#include "job/request/content_hash.h"
#include "job/request/key_variables.h"

namespace hlaunch {
nlohmann::json identity_of(const homodyne::AnalysisRequest& request, const homodyne::Facts& facts,
                           const std::string& derived_config, const nlohmann::json& variables) {
    nlohmann::json out;
    out["config"] = hash_file(derived_config);
    for (const auto& path : facts.data_files) out["data file " + path] = hash_file(path);
    for (const auto& [name, value] : variables.items()) out["the variable " + name] = value;
    out["homodyne's version"] = facts.version;
    out["--nlsq-result"] = request.nlsq_result.empty() ? "" : hash_file(homodyne::result_file_of(request.nlsq_result));
    out["the method"] = homodyne::wants_cmc(request.mode, facts.yaml_method) ? "cmc" : "nlsq";
    if (out["the method"] == "nlsq") return out;
    if (request.posterior.is_exact()) {
        out["--posterior"] = "exact";
        out["--pairs"] = request.posterior.pairs_once ? "once" : "twice";
        out["--prior-source"] = request.posterior.yaml_priors ? "yaml" : "homodyne";
        out["--ess"] = request.posterior.effective_draws;
        return out;
    }
    out["the number of shards"] = facts.num_shards;
    out["--split and --hooks"] = request.split == homodyne::Split::shards     ? "shards"
                                 : request.split == homodyne::Split::replicas ? "replicas"
                                                                              : "none";
    out["--keep-lost-priors"] = !request.repair_priors;
    return out;
}

std::string run_key(const nlohmann::json& identity) {
    return hash_text(identity.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

std::vector<std::string> differences(const nlohmann::json& before, const nlohmann::json& now) {
    std::vector<std::string> out;
    for (const auto& [key, value] : now.items())
        if (!before.contains(key) || before[key] != value)
            out.push_back(key +
                          (is_keyed(value) && before.contains(key) && before[key].is_string() && !is_keyed(before[key])
                               ? ", which an earlier hlaunch hashed without a secret,"
                               : ""));
    for (const auto& [key, value] : before.items())
        if (!now.contains(key)) out.push_back(key);
    return out;
}

}  // namespace hlaunch
