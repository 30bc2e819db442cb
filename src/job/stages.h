// Stages of the main job that others run too.
#pragma once

#include <string>
#include <vector>

#include "homodyne/facts.h"
#include "job/context.h"
#include "plan/plan.h"

namespace hlaunch {

// Runs stage nlsq, unless it is done. Throws Interrupted; failure where the fit is not to be built on.
void run_nlsq(JobContext& context, const Plan& plan, const Stage& stage, const homodyne::Facts& facts);

}  // namespace hlaunch
