// Stages at work: one instance or several to their end, and what is said of a bad end.
#pragma once

#include <string>

#include "base/error.h"
#include "job/session/context.h"
#include "run/stage/stage_runner.h"

namespace hlaunch {

// Runs one instance to its end. Throws Interrupted on a signal, failure when it did not end well, naming the
// log and what the application said ("hlaunch-refused: ..." lines of the shim first).
InstanceResult run_alone(JobContext& context, const std::string& stage, StageInstance instance);

[[nodiscard]] StageRunner runner_of(JobContext& context);
// Throws Interrupted or failure where a stage was cut short.
void check_in_time(const StageResult& result);
// "part 003 ended with signal 9 (Killed), out-of-memory: WORDS (whole log: ...); REMEDY"
[[nodiscard]] Error explain_end(const std::string& label, const InstanceResult& result, const PartFolder& folder);

// The last words of an instance's log that explain a failure, one line.
[[nodiscard]] std::string last_words(const PartFolder& folder);

}  // namespace hlaunch
