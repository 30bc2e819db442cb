// What the analyses of a campaign leave, read and judged.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "campaign/row.h"
#include "job/request/options.h"
#include "plan/run_folder.h"
#include "run/states/outcome.h"

namespace hlaunch {

struct FitVerdict {
    std::optional<Fit> fit;           // also with a problem: whoever uses it then has let that pass
    std::string hash;                 // of the file that tells of it
    std::string problem;              // empty: good
    Outcome outcome = Outcome::done;  // with a problem
};

[[nodiscard]] FitVerdict judge_fit(const PartFolder& nlsq);
[[nodiscard]] FitVerdict judge_sampling(const PartFolder& cmc);  // by the merge's own gates
// merged: the scan's own folder; key: of the options. A refused posterior is told with its figures, without parameters.
[[nodiscard]] FitVerdict judge_posterior(const std::string& merged, const std::string& key);

// Of what was judged good before; empty where it is no longer there.
[[nodiscard]] std::string hash_of_fit(const PartFolder& nlsq);
[[nodiscard]] std::string hash_of_sampling(const PartFolder& cmc);
[[nodiscard]] std::string hash_of_posterior(const std::string& merged);
[[nodiscard]] std::optional<Fit> read_fit(const PartFolder& nlsq);
[[nodiscard]] std::optional<Fit> read_sampling(const PartFolder& cmc);

// The folder of the scan's own hlaunch, beside the logs of its start.
[[nodiscard]] RunFolder sampling_run(const PartFolder& cmc);
// What was drawn from another fit goes; of: tells the fit.
void forget_sampling_of_another(const PartFolder& cmc, const std::string& of);

// hlaunch itself, for CMC of one scan on the CPUs it is bound to. Throws usage Error where --app cannot be passed on.
[[nodiscard]] std::vector<std::string> sampling_command(const AnalysisSpec& analysis, const FolderSpec& where,
                                                        const RunLimits& limits, const std::vector<std::string>& app,
                                                        const PartFolder& nlsq, const PartFolder& cmc);

}  // namespace hlaunch
