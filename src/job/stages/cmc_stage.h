// Stage cmc: the shards that are not captured yet.
#pragma once

#include <string>

#include "homodyne/app/facts.h"
#include "job/session/context.h"
#include "plan/plan.h"

namespace hlaunch {

// Runs stage cmc, but for what is captured. key: goes into the draws. Throws Interrupted; failure naming the first part
// that did not leave what it should have.
void run_cmc(JobContext& context, const Plan& plan, const Stage& stage, const homodyne::Facts& facts,
             const std::string& key);

}  // namespace hlaunch
