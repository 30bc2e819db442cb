// The last stage: one posterior from what the parts left, judged, written, and compared with the
// application's own combination of the very same shards.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "homodyne/facts.h"
#include "job/context.h"
#include "merge/merge.h"
#include "plan/plan.h"

namespace hlaunch {

// Shards on disk that belong to the run `key`, by global index. Files that are torn or of another run are
// reported by a note and not counted.
// folder: the run's, which is not the context's where that is of a worker.
[[nodiscard]] std::set<unsigned> captured_shards(const JobContext& context, const RunFolder& folder,
                                                 const std::string& key, unsigned num_shards);

struct MergeOutcome {
    bool passed = false;
    std::optional<MergeReport> report;  // none where the application's own result was taken over
    std::vector<std::string> notes;     // for the report: repaired priors, where the files are
};

// key: of the analysis and its fit.
[[nodiscard]] MergeOutcome merge_run(JobContext& context, const Plan& plan, const homodyne::Facts& facts,
                                     const std::string& key);

// Mode nlsq: checks nlsq/ and takes its files over into merged/nlsq.
[[nodiscard]] MergeOutcome take_over_nlsq(JobContext& context, const homodyne::Facts& facts);

}  // namespace hlaunch
