// The task files that tell the Python shim what to do (shim/hlaunch_shim/__init__.py reads them).
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "homodyne/app/facts.h"
#include "homodyne/plan/planner.h"
#include "plan/plan.h"
#include "plan/run_folder.h"

namespace hlaunch::homodyne {

// What psutil and os answer in the instance. While homodyne samples, the physical count is workers + 1:
// it starts one worker less than it sees cores. fit_to_examine: an NLSQ result as --nlsq-result names it; empty: none.
[[nodiscard]] nlohmann::json survey_task(const std::string& user_config, const std::string& user_cwd,
                                         const RunFolder& folder, const AnalysisRequest& request, unsigned placements,
                                         const std::map<unsigned, std::string>& replica_configs,
                                         const std::string& fit_to_examine);
[[nodiscard]] nlohmann::json nlsq_task(const Placement& placement, const PartFolder& folder,
                                       const std::string& shm_prefix, bool hooks);
[[nodiscard]] nlohmann::json part_task(const Part& part, const Placement& placement, const AnalysisRequest& request,
                                       const Facts& facts, const PartFolder& folder, const std::string& run_key,
                                       const std::string& shm_prefix);
[[nodiscard]] nlohmann::json evaluate_task(const Placement& placement, const std::vector<std::string>& shard_dirs,
                                           const std::string& merged_samples, unsigned chains,
                                           const std::string& own_combination, bool plots,
                                           const std::string& shm_prefix);

// Answered before homodyne is imported: facts_from_json without a config.
[[nodiscard]] nlohmann::json versions_task(const std::string& facts_path);

// One scan of a campaign: the user's config with other data, and another wavevector where one is given.
struct ScanSurvey {
    std::string user_config, cwd;  // its relative paths are meant from there
    std::string data;              // absolute
    std::optional<double> q_per_angstrom;
    std::string config, facts;  // to be written
    bool keep_stratification = false;
};
[[nodiscard]] nlohmann::json scan_survey_task(const ScanSurvey& scan, const Placement& placement);
// plots: all, first or none.
[[nodiscard]] nlohmann::json scan_task(const Placement& placement, const PartFolder& folder,
                                       const std::string& shm_prefix, std::string_view plots, bool hooks);
// A process that takes the tasks above from a pipe, one after the other (shim/hlaunch_shim/serve.py), and drops
// compiled code once it has grown by most_compiled_bytes.
[[nodiscard]] nlohmann::json serve_task(const Placement& placement, const std::string& shm_prefix,
                                        const std::string& requests, const std::string& replies,
                                        std::uint64_t most_compiled_bytes);

// A worker that serves the density of the model (shim/hlaunch_shim/density.py), and its requests.
[[nodiscard]] nlohmann::json density_task(const Placement& placement, const std::string& shm_prefix,
                                          const std::string& requests, const std::string& replies);
struct DensityPoints {
    std::string config;       // of the run
    std::string nlsq_result;  // empty: none
    bool yaml_priors = false;
    std::string folder;  // to be filled
};
[[nodiscard]] nlohmann::json prepare_density_request(const DensityPoints& points);
[[nodiscard]] nlohmann::json import_density_request();  // of a worker that waits for the points
[[nodiscard]] nlohmann::json forget_density_request();  // after the last round of a scan
struct DensitySlice {
    std::string folder;            // that a prepare request filled
    unsigned first = 0, last = 0;  // blocks
    std::string points, answer;    // files; points is empty: only get ready
    std::string prior;             // file of the prior's part of the answer; empty: another worker gives it
    std::string key;               // what is in the folder depends on it
};
// coarse: quadratic of the model's coarse subset of the blocks, nothing of the others. yaml: quadratic with the YAML's
// own prior.
enum class DensityAnswer { sums, quadratic, parameters, residuals, coarse, yaml };
[[nodiscard]] const char* word_of(DensityAnswer what);  // "sums"
[[nodiscard]] nlohmann::json density_request(DensityAnswer what, const DensitySlice& slice);

}  // namespace hlaunch::homodyne
