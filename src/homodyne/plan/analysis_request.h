// What is wanted of an analysis, as far as planning it depends on that.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "homodyne/app/facts.h"
#include "homodyne/app/mode.h"
#include "homodyne/plan/memory_history.h"
#include "homodyne/plan/posterior_wish.h"
#include "plan/placement.h"

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

// What the user may want of the application itself.
struct AnalysisWish {
    Mode mode = Mode::automatic;
    Split split = Split::shards;
    std::vector<std::string> app{"homodyne"};
    std::string nlsq_result;              // --nlsq-result; empty: run stage nlsq
    std::optional<unsigned> num_workers;  // command line, environment or TOML; beats the YAML's
    bool repair_priors = true;
    PosteriorWish posterior;
    bool keep_stratification = false;  // optimization.stratification stays as the YAML has it
    bool stage = false;                // a copy of the data in the memory of each placement

    bool operator==(const AnalysisWish&) const = default;
};

// The wish with absolute paths, and what planning needs beside it.
struct AnalysisRequest : AnalysisWish {
    std::optional<ShortRun> short_run;
    unsigned nodes = 1;  // alike, that the plan is one of: for what is said of idle cores
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

}  // namespace hlaunch::homodyne
