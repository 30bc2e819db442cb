// The application kept in one process a placement, for one analysis after the other: imports and compiled code are paid
// for once (homodyne/shim/hlaunch_shim/serve.py).
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "job/session/context.h"
#include "os/reaper/served_launcher.h"
#include "plan/plan.h"

namespace hlaunch {

// Tasks are those that to_stage_instance() makes, with the task file that a process of their own would be given. Both
// arguments outlive what is returned.
[[nodiscard]] ServerSpeech warm_worker_speech(const JobContext& context, const Plan& plan);

// Servers of any kind: task is what that of a slot is told (homodyne/plan/task_file.h). context and plan outlive it.
using ServerTask = std::function<nlohmann::json(unsigned slot, const ServerPipes&)>;
[[nodiscard]] ServerSpeech server_speech(const JobContext& context, const Plan& plan, ServerTask task);
// Begins the names of its shared memory.
[[nodiscard]] std::string server_memory_prefix(const JobContext& context, unsigned slot);

}  // namespace hlaunch
