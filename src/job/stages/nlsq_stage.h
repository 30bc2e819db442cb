// Stage nlsq: one fit of all the data.
#pragma once

#include "homodyne/app/facts.h"
#include "job/session/context.h"
#include "plan/plan.h"

namespace hlaunch {

// Runs stage nlsq, unless it is done. Throws Interrupted; failure where the fit is not to be built on.
void run_nlsq(JobContext& context, const Plan& plan, const Stage& stage, const homodyne::Facts& facts);

// The same of an exact posterior, which the fit is only a start for: a fit that is not to be built on is told.
void try_nlsq(JobContext& context, const Plan& plan, const Stage& stage, const homodyne::Facts& facts);

// Throws usage Error where what --nlsq-result names is no fit to build on: it was made by others, it is input.
void check_given_fit(const JobContext& context, const homodyne::Facts& facts);

}  // namespace hlaunch
