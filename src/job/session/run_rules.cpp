#include "job/session/run_rules.h"

#include "base/text/quantity.h"
#include "plan/run_folder.h"

namespace hlaunch {

Grace grace_of(const RunLimits& limits) {
    const auto share = [&](double part) { return duration_of(limits.grace_s * part); };
    return {.interrupt = share(0.6), .terminate = share(0.2), .kill = share(0.2)};
}

Deadline deadline_of(const RunLimits& limits, const Clock& clock) {
    Deadline out(duration_of(limits.lead_s));
    if (limits.time_limit_s) out.limit(clock.now() + duration_of(*limits.time_limit_s));
    return out;
}

RunRules rules_of(const RunLimits& limits, const std::string& folder) {
    RunRules out;
    out.grace = grace_of(limits);
    out.retries = limits.retries;
    if (limits.instance_limit_s) out.instance_limit = duration_of(*limits.instance_limit_s);
    out.disk_path = folder;
    if (!folder.empty()) out.stop_file = RunFolder{folder}.stop();
    return out;
}

}  // namespace hlaunch
