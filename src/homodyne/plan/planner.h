// From placements and the survey's facts to parts and stages: who runs which shards, with which command line.
#pragma once

#include <cstdint>

#include "homodyne/app/facts.h"
#include "homodyne/plan/analysis_request.h"
#include "plan/plan.h"
#include "plan/run_folder.h"

namespace hlaunch::homodyne {

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
