// The application kept in one process a placement, for one analysis after the other: imports and compiled code are paid
// for once (homodyne/shim/hlaunch_shim/serve.py).
#pragma once

#include "job/context.h"
#include "os/served_launcher.h"
#include "plan/plan.h"

namespace hlaunch {

// Tasks are those that to_stage_instance() makes, with the task file that a process of their own would be given. Both
// arguments outlive what is returned.
[[nodiscard]] ServerSpeech warm_worker_speech(const JobContext& context, const Plan& plan);

}  // namespace hlaunch
