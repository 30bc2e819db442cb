// From placements and the survey's facts to parts and stages: who runs which shards, with which command line.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "homodyne/facts.h"
#include "homodyne/memory_history.h"
#include "homodyne/mode.h"
#include "homodyne/posterior.h"
#include "plan/plan.h"
#include "plan/run_folder.h"

namespace hlaunch::homodyne {

enum class Split { shards, replicas, none };  // none: the application as it is, one instance, hooks off

// A run for its speed, not its result: so many draws a chain of so many shards, whatever the YAML says.
struct ShortRun {
    unsigned num_warmup = 0, num_samples = 0;
    unsigned num_shards = 0;  // 0: the YAML's
    bool fix_shards = false;  // the survey writes the number it finds into its configs
    unsigned seeds = 0;       // so many configs with a seed of their own beside the survey's one

    bool operator==(const ShortRun&) const = default;
};

struct AnalysisRequest {
    Mode mode = Mode::cmc_hpc;
    Split split = Split::shards;
    std::vector<std::string> app{"homodyne"};
    std::string nlsq_result;              // the user's --nlsq-result, absolute; empty: run stage nlsq
    std::optional<unsigned> num_workers;  // command line, environment or TOML; beats the YAML's
    bool repair_priors = true;
    PosteriorWish posterior;
    bool keep_stratification = false;  // optimization.stratification stays as the YAML has it
    std::optional<ShortRun> short_run;
    unsigned nodes = 1;  // alike, that the plan is one of: for what is said of idle cores
    bool stage = false;  // the survey writes configs that name staged data, too
    std::string shim_dir;
    std::string user_python_path, user_xla_flags;
    std::string jit_cache;         // a folder that instances share, or "off"; empty: a private one each
    MemoryHistory memory_history;  // of the machine planned for; empty: the formula alone
    std::set<unsigned> captured;   // shards a former run left: not planned again
};

// Whether CMC is to run at all: mode auto asks the YAML.
[[nodiscard]] bool wants_cmc(Mode mode, const std::string& yaml_method);

// Workers of an instance on a placement, the user's word first.
[[nodiscard]] unsigned planned_workers(const Placement& placement, const AnalysisRequest& request, const Facts& facts);

// What former runs of this stage (nlsq, cmc) say of its forecast.
[[nodiscard]] LearnedFactor learned_factor(const AnalysisRequest& request, const Facts& facts,
                                           const std::string& stage);

// All placements of a plan as one, interleaved over their memory.
[[nodiscard]] Placement whole_machine(const Plan& plan);

// Whether homodyne's NLSQ would keep its Jacobian in memory: its other ways do not work. 0 bytes: not known, true.
[[nodiscard]] bool nlsq_fits_in_memory(const Facts& facts, std::uint64_t memory_bytes);

// Throws usage Error with the figures where homodyne's NLSQ would choose a way that does not work in so much memory.
void check_nlsq_memory(const Facts& facts, std::uint64_t memory_bytes);

// Adds parts, stages, reasons and warnings to a plan that holds placements; chooses each memory policy.
void plan_analysis(Plan& plan, const AnalysisRequest& request, const Facts& facts, const RunFolder& folder);

// Instances beside the stages, under the same rules: NLSQ of one analysis, the application alone (no arguments), the
// survey, and the evaluation of the merged draws.
[[nodiscard]] Instance nlsq_instance(const Placement& placement, const PartFolder& folder,
                                     const AnalysisRequest& request);
[[nodiscard]] Instance bare_instance(const Placement& placement, const PartFolder& folder,
                                     const AnalysisRequest& request);
[[nodiscard]] Instance survey_instance(const Placement& placement, const PartFolder& folder,
                                       const AnalysisRequest& request);
[[nodiscard]] Instance evaluate_instance(const Placement& placement, const RunFolder& folder,
                                         const AnalysisRequest& request, const Facts& facts);

}  // namespace hlaunch::homodyne
