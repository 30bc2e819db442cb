// What the user reads at the end: the merged table, the checks, where things are.
#pragma once

#include "job/context.h"
#include "job/merge_outcome.h"

namespace hlaunch {

// To standard output: text, or with --json merged/merge.json.
void print_summary(const JobContext& context, const MergeOutcome& outcome);

}  // namespace hlaunch
