// What the user reads at the end: the merged table, the checks, where things are.
#pragma once

#include "job/results/merge_outcome.h"
#include "job/session/context.h"

namespace hlaunch {

// To standard output: text, or with --json merged/merge.json.
void print_summary(const JobContext& context, const MergeOutcome& outcome);

}  // namespace hlaunch
