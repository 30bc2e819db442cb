// The placements of a node, shared among the workers on it.
#pragma once

#include "job/request/launcher_rank.h"
#include "plan/plan.h"

namespace hlaunch {

// Of several workers on one node each takes every so-manieth placement. Where there are too few: with share two take
// the same one, else throws usage Error.
void keep_own_placements(Plan& plan, const WorkerRank& rank, bool share);

}  // namespace hlaunch
