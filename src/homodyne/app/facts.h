// What homodyne itself says of a config and its data: the survey's answer (shim/hlaunch_shim/survey.py).
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "homodyne/app/nlsq_gate.h"

namespace hlaunch::homodyne {

struct ShardFacts {
    std::uint64_t points = 0;
    double noise_scale = 0.0;
    double cost = 0.0;  // homodyne's: points * (1 + scaled noise)
};

struct PriorFacts {
    double center = 0.0, scale = 0.0, low = 0.0, high = 0.0;
};

// What the survey tells of one key of the YAML: it is without effect, or another one decides.
struct ConfigNote {
    std::string kind;  // overruled and checked: `hlaunch check` has a line of its own for these
    std::string key;   // dotted; several where one remark is about them all
    unsigned line = 0;
    std::string text, remedy;

    [[nodiscard]] std::string what() const {  // "line N: key: text"
        return (line > 0 ? "line " + std::to_string(line) + ": " : "") + key + ": " + text;
    }
    [[nodiscard]] std::string str() const;  // with the remedy
};

struct Facts {
    std::string version;  // of homodyne
    bool known = false;   // the hooks know this version
    std::string python, jaxlib;
    std::string yaml_method;    // optimization.method of the YAML
    std::string analysis_mode;  // static | laminar_flow
    std::vector<std::string> data_files;
    std::vector<double> phi_degrees;
    unsigned frames = 0;
    double q = 0.0;                 // 1/A
    std::uint64_t data_points = 0;  // as NLSQ counts them
    std::uint64_t nlsq_memory_bytes = 0;
    unsigned nlsq_parameters = 0;           // as homodyne counts them when it chooses a strategy
    std::optional<double> memory_fraction;  // optimization.nlsq.memory_fraction
    // What the survey wrote over optimization.stratification.enabled, since homodyne's fit of so many points would
    // return its start values; absent: the YAML's is right.
    std::optional<bool> stratification_set;
    std::optional<NlsqExamination> given_fit;  // of the NLSQ result that the survey was told to examine
    std::optional<unsigned> num_workers;       // optimization.cmc.num_workers
    std::vector<ConfigNote> config_notes;
    // Below only where CMC was asked about.
    std::uint64_t points = 0;
    unsigned num_shards = 0;
    std::optional<unsigned> num_shards_forced;  // raised above homodyne's own choice, to fill the placements
    bool num_shards_by_user = false;
    std::uint64_t min_points_per_shard = 0;
    std::vector<ShardFacts> shards;
    unsigned chains = 0, warmup = 0, draws = 0;  // as the YAML asks for
    unsigned drawn_warmup = 0, drawn = 0;        // of the smallest shard: homodyne draws fewer there
    std::map<std::string, std::string> decides;  // which key sets num_warmup, num_samples, ... in this YAML
    double max_divergence_rate = 0.1, max_rhat = 1.1, min_ess = 100.0;
    bool informed_priors = false;
    std::optional<double> evaluation_s_per_point;  // of homodyne's model on one core; measured where points are many
    std::map<std::string, PriorFacts> priors;      // of the YAML: centre and scale in homodyne's z
};

// One sentence for people about stratification_set.
[[nodiscard]] std::string describe_stratification(const Facts& facts);

// Throws usage Error with the survey's own line where it refused ("error"), naming the config. Without a config:
// versions alone.
[[nodiscard]] Facts facts_from_json(const nlohmann::json& json, const std::string& config_path);

}  // namespace hlaunch::homodyne
