#include "run/progress/status_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json_fields.h"

namespace hlaunch {
namespace {

constexpr const char* format_name = "hlaunch-status";

unsigned small(const nlohmann::json& json, const char* name) {
    return static_cast<unsigned>(std::min<std::uint64_t>(count_in(json, name), 1U << 30U));
}

InstanceProgress progress_from(const nlohmann::json& json) {
    InstanceProgress out;
    out.part = small(json, "part");
    out.label = text_in(json, "label");
    out.state = text_in(json, "state");
    out.cpus = text_in(json, "cpus");
    out.units_done = small(json, "units_done");
    out.units_total = small(json, "units_total");
    out.elapsed_s = std::max(0.0, number_in(json, "elapsed_s").value_or(0.0));
    out.cpu_percent = std::max(0.0, number_in(json, "cpu_percent").value_or(0.0));
    out.resident_bytes = count_in(json, "resident_bytes");
    out.processes = small(json, "processes");
    out.draws = count_in(json, "draws");
    out.r_hat = number_in(json, "r_hat");
    return out;
}

}  // namespace

nlohmann::json to_json(const InstanceProgress& instance) {
    nlohmann::json out{{"part", instance.part},
                       {"label", instance.label},
                       {"state", instance.state},
                       {"cpus", instance.cpus},
                       {"units_done", instance.units_done},
                       {"units_total", instance.units_total},
                       {"elapsed_s", instance.elapsed_s},
                       {"cpu_percent", instance.cpu_percent},
                       {"resident_bytes", instance.resident_bytes},
                       {"processes", instance.processes}};
    if (instance.draws > 0) out["draws"] = instance.draws;
    if (instance.r_hat) out["r_hat"] = *instance.r_hat;
    return out;
}

nlohmann::json to_json(const LiveStatus& status) {
    auto out = to_json(status.owner);
    out["format"] = format_name;
    out["version"] = 1;
    out["time"] = status.time;
    out["state"] = status.ended ? "ended" : "running";
    out["elapsed_s"] = status.elapsed_s;
    out["stage"] = status.stage;
    out["grace_s"] = status.grace_s;
    auto& instances = out["instances"] = nlohmann::json::array();
    for (const auto& instance : status.instances) instances.push_back(to_json(instance));
    if (status.eta_s) out["eta_s"] = *status.eta_s;
    if (status.exit_code) out["exit_code"] = *status.exit_code;
    return out;
}

std::optional<LiveStatus> live_status_from_json(const nlohmann::json& json) {
    if (text_in(json, "format") != format_name || count_in(json, "version") != 1) return std::nullopt;
    const auto owner = owner_from_json(json);
    if (!owner) return std::nullopt;
    LiveStatus out;
    out.owner = *owner;
    out.time = text_in(json, "time");
    out.elapsed_s = std::max(0.0, number_in(json, "elapsed_s").value_or(0.0));
    out.stage = text_in(json, "stage");
    out.eta_s = number_in(json, "eta_s");
    out.grace_s = std::clamp(number_in(json, "grace_s").value_or(30.0), 0.0, 86400.0);
    out.ended = text_in(json, "state") == "ended";
    if (const auto code = number_in(json, "exit_code"); code && *code >= 0.0 && *code < 256.0)
        out.exit_code = static_cast<int>(*code);
    for (const auto& instance : list_in(json, "instances")) out.instances.push_back(progress_from(instance));
    return out;
}

}  // namespace hlaunch
