// Stages of the main job that others run too.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "homodyne/facts.h"
#include "job/context.h"
#include "plan/plan.h"

namespace hlaunch {

// Runs stage nlsq, unless it is done. Throws Interrupted; failure where the fit is not to be built on.
void run_nlsq(JobContext& context, const Plan& plan, const Stage& stage, const homodyne::Facts& facts);

// Runs stage cmc, but for what is captured. key: goes into the draws. Throws Interrupted; failure naming the first part
// that did not leave what it should have.
void run_cmc(JobContext& context, const Plan& plan, const Stage& stage, const homodyne::Facts& facts,
             const std::string& key);

// What a run's preparation leaves for its workers, as its journal tells.
struct Prepared {
    std::string config_hash;  // of the user's YAML
    std::string shard_key;
    unsigned min_shards = 0;  // of placements that the shards are to fill
};
[[nodiscard]] std::optional<Prepared> last_prepared(const std::vector<nlohmann::json>& events);

}  // namespace hlaunch
