// The NLSQ fit that an instance left, and why it is not to be used.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "homodyne/app/nlsq_gate.h"
#include "job/request/options.h"
#include "merge/gates.h"
#include "plan/run_folder.h"

namespace hlaunch {

struct JudgedFit {
    std::string hash;  // of parameters.json
    homodyne::NlsqResult result;
    std::vector<std::string> problems;  // empty: fine
};

[[nodiscard]] std::string nlsq_result_file(const PartFolder& nlsq);

// Whether the hooks examined the fit, or were not there to do so (--hooks off, a version they do not know). A fit of a
// former hlaunch was not.
[[nodiscard]] bool is_examined(const PartFolder& nlsq);

// Absent where there is no result. Throws failure Error when it is not of homodyne's form.
[[nodiscard]] std::optional<JudgedFit> judge_nlsq(const PartFolder& nlsq);

// Of a fit that others made, as --nlsq-result names it. Throws usage Error where it is no NLSQ result.
[[nodiscard]] std::vector<std::string> problems_of_given_fit(
    const std::string& nlsq_result, const std::optional<homodyne::NlsqExamination>& examination);

// --accept nlsq is for NLSQ's own stage; the other names are the merge's.
[[nodiscard]] bool accepts_nlsq(const AnalysisSpec& analysis);
[[nodiscard]] std::vector<std::string> accepted_in_merge(const AnalysisSpec& analysis);
// Those of them that are gates of this kind: with --posterior auto a name may be of the consensus or of the exact
// posterior.
[[nodiscard]] std::vector<std::string> accepted_in_merge(const AnalysisSpec& analysis, GateKind kind);

}  // namespace hlaunch
