// From an Instance of the Plan to something the stage runner can start.
#pragma once

#include <memory>

#include "job/session/context.h"
#include "plan/plan.h"

namespace hlaunch {

// Folders of a part, its task file and its config (a copy of `config`).
void prepare_part(const PartFolder& folder, const nlohmann::json& task, const std::string& config);

[[nodiscard]] StageInstance to_stage_instance(const JobContext& context, const Plan& plan, const Instance& instance,
                                              const PartFolder& folder, const std::string& label);

// "hl-3f9a2c-007-": begins the name of every shared memory block of that part.
[[nodiscard]] std::string shared_memory_prefix(const JobContext& context, const std::string& part);

}  // namespace hlaunch
