#include "homodyne/app/facts.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json_whole.h"

namespace hlaunch::homodyne {
namespace {

template <class T>
std::optional<T> optional_at(const nlohmann::json& json, const char* key) {
    const auto at = json.find(key);
    if (at == json.end() || at->is_null()) return std::nullopt;
    T out{};
    if constexpr (std::is_unsigned_v<T> && !std::is_same_v<T, bool>)
        take_whole(*at, out);
    else
        out = at->get<T>();
    return out;
}

void read_cmc(const nlohmann::json& json, Facts& facts) {
    take_whole(json.at("points"), facts.points);
    take_whole(json.at("num_shards"), facts.num_shards);
    facts.num_shards_forced = optional_at<unsigned>(json, "num_shards_forced");
    facts.num_shards_by_user = json.at("num_shards_by_user");
    take_whole(json.at("min_points_per_shard"), facts.min_points_per_shard);
    for (const auto& shard : json.at("shards")) {
        auto& out = facts.shards.emplace_back();
        take_whole(shard.at("points"), out.points);
        out.noise_scale = shard.at("noise_scale");
        out.cost = shard.at("cost");
    }
    take_whole(json.at("chains"), facts.chains);
    take_whole(json.at("warmup"), facts.warmup);
    take_whole(json.at("draws"), facts.draws);
    facts.drawn_warmup = optional_at<unsigned>(json, "drawn_warmup").value_or(0);
    facts.drawn = optional_at<unsigned>(json, "drawn").value_or(0);
    if (json.contains("decides")) facts.decides = json["decides"].get<std::map<std::string, std::string>>();
    const auto& gates = json.at("gates");
    facts.max_divergence_rate = gates.at("max_divergence_rate");
    facts.max_rhat = gates.at("max_rhat");
    facts.min_ess = gates.at("min_ess");
    facts.informed_priors = json.at("informed_priors");
    if (const auto timed = json.find("evaluation"); timed != json.end() && timed->is_object())
        facts.evaluation_s_per_point = timed->at("seconds").get<double>() / timed->at("points").get<double>();
    for (const auto& [name, prior] : json.at("priors").items())
        facts.priors[name] = {prior.at("center"), prior.at("scale"), prior.at("low"), prior.at("high")};
}

void read_notes(const nlohmann::json& json, Facts& facts) {
    for (const auto& note : json) {
        auto& out = facts.config_notes.emplace_back();
        out.kind = note.at("kind");
        out.key = note.at("key");
        take_whole(note.at("line"), out.line);
        out.text = note.at("text");
        out.remedy = note.at("remedy");
    }
}

}  // namespace

std::string describe_stratification(const Facts& facts) {
    return fmt::format(
        "nlsq: optimization.stratification.enabled is set to {} for this run: homodyne {} would return its start "
        "values as a converged fit of {} points",
        facts.stratification_set.value_or(false), facts.version, facts.data_points);
}

std::string ConfigNote::str() const {
    return fmt::format("{}; {}", what(), remedy);
}

Facts facts_from_json(const nlohmann::json& json, const std::string& config_path) {
    if (const auto error = json.find("error"); error != json.end() && error->is_string())
        throw usage_error("{}{}{}", config_path, config_path.empty() ? "" : ": ", error->get<std::string>());
    Facts facts;
    try {
        facts.version = json.at("homodyne");
        facts.known = json.at("known");
        facts.python = json.value("python", "");
        facts.jaxlib = json.value("jaxlib", "");
        if (config_path.empty()) return facts;
        facts.yaml_method = json.at("yaml_method");
        facts.data_files = json.at("data_files").get<std::vector<std::string>>();
        if (json.contains("config_notes")) read_notes(json["config_notes"], facts);
        if (!facts.known) return facts;
        facts.analysis_mode = json.at("analysis_mode");
        facts.phi_degrees = json.at("phi_degrees").get<std::vector<double>>();
        take_whole(json.at("frames"), facts.frames);
        facts.q = json.at("q");
        take_whole(json.at("data_points"), facts.data_points);
        take_whole(json.at("nlsq_memory_bytes"), facts.nlsq_memory_bytes);
        take_whole(json.at("nlsq_parameters"), facts.nlsq_parameters);
        facts.memory_fraction = optional_at<double>(json, "memory_fraction");
        facts.num_workers = optional_at<unsigned>(json, "num_workers");
        facts.stratification_set = optional_at<bool>(json, "stratification_set");
        if (const auto fit = json.find("nlsq_examination"); fit != json.end())
            facts.given_fit = examination_from_json(*fit);
        if (json.contains("points")) read_cmc(json, facts);
    } catch (const Error&) {
        throw;
    } catch (const std::exception& error) {
        throw infrastructure_error(
            "the survey of {} is not what this hlaunch expects ({}); its shim and binary differ?", config_path,
            error.what());
    }
    return facts;
}

}  // namespace hlaunch::homodyne
