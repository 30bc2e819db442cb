// From an Instance of the Plan to something the stage runner can start.
#pragma once

#include <memory>

#include "base/error.h"
#include "job/context.h"
#include "plan/plan.h"

namespace hlaunch {

// Folders of a part, its task file and its config (a copy of `config`).
void prepare_part(const PartFolder& folder, const nlohmann::json& task, const std::string& config);

[[nodiscard]] StageInstance to_stage_instance(const JobContext& context, const Plan& plan, const Instance& instance,
                                              const PartFolder& folder, const std::string& label);

// "hl-3f9a2c-007-": begins the name of every shared memory block of that part.
[[nodiscard]] std::string shared_memory_prefix(const JobContext& context, const std::string& part);

// Runs one instance to its end. Throws Interrupted on a signal, failure when it did not end well, naming the
// log and what the application said ("hlaunch-refused: ..." lines of the shim first).
InstanceResult run_alone(JobContext& context, const std::string& stage, StageInstance instance);

// From the first signal to SIGKILL as --grace says.
[[nodiscard]] Grace grace_of(const JobOptions& options);
// folder: the run folder, whose disk is looked after and where a file asks for a stop; empty: none.
[[nodiscard]] RunRules rules_of(const JobOptions& options, const std::string& folder);
[[nodiscard]] Deadline deadline_of(const JobOptions& options, const Clock& clock);
[[nodiscard]] StageRunner runner_of(JobContext& context);
// Throws Interrupted or failure where a stage was cut short.
void check_in_time(const StageResult& result);
// "part 003 ended with signal 9 (Killed), out-of-memory: WORDS (whole log: ...); REMEDY"
[[nodiscard]] Error explain_end(const std::string& label, const InstanceResult& result, const PartFolder& folder);

// The last words of an instance's log that explain a failure, one line.
[[nodiscard]] std::string last_words(const PartFolder& folder);

}  // namespace hlaunch
