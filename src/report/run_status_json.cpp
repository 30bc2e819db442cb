#include <nlohmann/json.hpp>

#include "report/run_status.h"

namespace hlaunch {
namespace {

template <class Value>
void set(nlohmann::json& json, const char* name, const std::optional<Value>& value) {
    json[name] = value ? nlohmann::json(*value) : nlohmann::json();
}

nlohmann::json to_json(const PartStatus& part) {
    nlohmann::json out{{"part", part.part},
                       {"label", part.label},
                       {"state", part.state},
                       {"outcome", nullptr},
                       {"remedy", ""},
                       {"end", part.end},
                       {"attempts", part.attempts},
                       {"seconds", part.seconds},
                       {"shards_done", part.shards_done},
                       {"shards_total", part.shards_total},
                       {"cpus", part.cpus},
                       {"cpu_percent", part.cpu_percent},
                       {"resident_bytes", part.resident_bytes},
                       {"processes", part.processes},
                       {"log", part.log},
                       {"not_as_planned", part.broken_promises}};
    if (part.outcome) {
        out["outcome"] = std::string(to_string(*part.outcome));
        out["remedy"] = std::string(remedy_of(*part.outcome));
    }
    return out;
}

nlohmann::json to_json(const MergeStatus& merge) {
    nlohmann::json out{{"passed", merge.passed},
                       {"accepted", merge.accepted},
                       {"kind", merge.kind},
                       {"method", merge.method},
                       {"parts", merge.parts}};
    set(out, "worst_r_hat", merge.worst_r_hat);
    set(out, "smallest_ess", merge.smallest_ess);
    auto& checks = out["checks"] = nlohmann::json::array();
    for (const auto& check : merge.checks) {
        nlohmann::json one{{"name", check.name}, {"verdict", check.verdict}, {"text", check.text}};
        set(one, "value", check.value);
        set(one, "limit", check.limit);
        checks.push_back(std::move(one));
    }
    return out;
}

}  // namespace

nlohmann::json to_json(const RunStatus& status) {
    nlohmann::json out{{"format", "hlaunch-run-status"},
                       {"version", 1},
                       {"folder", status.folder},
                       {"state", std::string(to_string(status.state))},
                       {"command", status.is_command},
                       {"copied", status.copied},
                       {"host", status.host},
                       {"pid", status.pid},
                       {"elapsed_s", status.elapsed_s},
                       {"why", status.why},
                       {"starts", status.starts},
                       {"shards_done", status.shards_done},
                       {"shards_total", status.shards_total},
                       {"dropped_bytes", status.dropped_bytes},
                       {"damaged_lines", status.damaged_lines},
                       {"merge", nullptr},
                       {"queue", nullptr}};
    set(out, "eta_s", status.eta_s);
    set(out, "heard_s", status.heard_s);
    set(out, "signal", status.signal);
    set(out, "exit_code", status.exit_code);
    if (status.merge) out["merge"] = to_json(*status.merge);
    if (status.queue) {
        const auto& queue = *status.queue;
        out["queue"] = {
            {"tasks", queue.tasks}, {"done", queue.done}, {"failed", queue.failed}, {"running", queue.running}};
        auto& failures = out["queue"]["failures"] = nlohmann::json::array();
        for (const auto& failure : queue.failures)
            failures.push_back({{"task", failure.task}, {"outcome", failure.outcome}, {"end", failure.end}});
    }
    auto& workers = out["workers"] = nlohmann::json::array();
    for (const auto& worker : status.workers) {
        workers.push_back({{"name", worker.name},
                           {"host", worker.host},
                           {"state", worker.state},
                           {"why", worker.why},
                           {"shards", worker.shards}});
        if (worker.rounds) workers.back()["rounds"] = *worker.rounds;
    }
    auto& stages = out["stages"] = nlohmann::json::array();
    for (const auto& stage : status.stages) {
        auto parts = nlohmann::json::array();
        for (const auto& part : stage.parts) parts.push_back(to_json(part));
        stages.push_back({{"name", stage.name}, {"state", stage.state}, {"parts", std::move(parts)}});
    }
    return out;
}

}  // namespace hlaunch
