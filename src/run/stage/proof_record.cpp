// proof.json: planned against observed.
#include <fmt/format.h>

#include "base/json_fields.h"
#include "run/stage/watched_instance.h"

namespace hlaunch {
namespace {

using nlohmann::json;

json per_node(const BytesPerNode& bytes) {
    json out = json::object();
    for (const auto& [node, count] : bytes) out[std::to_string(node)] = count;
    return out;
}

json process_json(const ProcessProof& process) {
    json affinity = json::array();
    for (const auto& mask : process.affinity)
        affinity.push_back({{"cpus", mask.cpus.str()}, {"threads", mask.threads}});
    return {{"pid", process.pid},
            {"comm", process.comm},
            {"command", process.command},
            {"threads", process.threads},
            {"affinity", affinity},
            {"mem_policy", process.memory.policy},
            {"anonymous_bytes_per_node", per_node(process.memory.anonymous)},
            {"file_bytes_per_node", per_node(process.memory.file)},
            {"resident_bytes", process.resident_bytes},
            {"cpu_seconds", process.cpu_seconds}};
}

json verdict(const char* name, bool ok, std::string text) {
    return {{"name", name}, {"ok", ok}, {"text", std::move(text)}};
}

json runnable_json(const RunnableTally& runnable, const std::optional<Binding>& binding) {
    json out{{"samples", runnable.samples()}, {"median", runnable.median()}, {"largest", runnable.largest()}};
    if (binding) {
        const auto pus = static_cast<unsigned>(binding->cpus.size());
        out["share_above"] = runnable.share_above(pus);
        out["share_lasting"] = runnable.share_lasting(pus);
    }
    return out;
}

json threads_verdict(const RunnableTally& runnable, const IdSet& cpus) {
    const auto pus = static_cast<unsigned>(cpus.size());
    const bool ok = runnable.fits(pus);
    auto text = fmt::format("{} runnable at the median, at most {}, for {} PU{}", runnable.median(), runnable.largest(),
                            pus, pus == 1 ? "" : "s");
    if (!ok)
        text += fmt::format("; more than that in {:.1f} % of {} samples, in {:.1f} % twice in a row",
                            100.0 * runnable.share_above(pus), runnable.samples(), 100.0 * runnable.share_lasting(pus));
    return verdict("threads", ok, std::move(text));
}

}  // namespace

json proof_json(const ProofInputs& in) {
    json processes = json::array();
    IdSet cpus;
    BytesPerNode anonymous;
    unsigned threads = 0;
    for (const auto& process : in.processes) {
        processes.push_back(process_json(process));
        threads += process.threads;
        for (const auto& mask : process.affinity) cpus = cpus | mask.cpus;
        for (const auto& [node, bytes] : process.memory.anonymous) anonymous[node] += bytes;
    }
    json planned{{"workers", in.instance.planned_workers}, {"forecast_bytes", in.instance.forecast_bytes}};
    json verdicts = json::array();
    if (const auto& binding = in.instance.spec.binding) {
        planned["cpus"] = binding->cpus.str();
        planned["mems"] = binding->mems.str();
        planned["mem_policy"] = to_string(binding->policy);
        verdicts.push_back(verdict("affinity", binding->cpus.includes(cpus),
                                   fmt::format("threads may run on {}, planned {}", cpus.str(), binding->cpus.str())));
        std::uint64_t local = 0, all = 0;
        for (const auto& [node, bytes] : anonymous) {
            all += bytes;
            if (binding->mems.contains(node)) local += bytes;
        }
        if (all > 0 && !binding->mems.empty())
            verdicts.push_back(verdict(
                "memory", local * 100 >= all * 99,
                fmt::format("{:.1f} % of anonymous memory on node {}",
                            100.0 * static_cast<double>(local) / static_cast<double>(all), binding->mems.str())));
    }
    if (const auto& binding = in.instance.spec.binding; binding && in.runnable.samples() > 0)
        verdicts.push_back(threads_verdict(in.runnable, binding->cpus));
    if (in.instance.planned_workers > 0)
        verdicts.push_back(verdict("workers", in.workers == in.instance.planned_workers,
                                   fmt::format("{} at most, planned {}", in.workers, in.instance.planned_workers)));
    return {{"format", "hlaunch-proof"},
            {"version", 1},
            {"part", in.instance.part},
            {"planned", planned},
            {"observed",
             {{"taken_at_s", in.taken_at_s},
              {"affinity", cpus.str()},
              {"threads", threads},
              {"runnable_threads", runnable_json(in.runnable, in.instance.spec.binding)},
              {"workers", in.workers},
              {"anonymous_bytes_per_node", per_node(anonymous)},
              {"peak_resident_bytes", in.peak_resident_bytes},
              {"cpu_seconds", in.cpu_seconds},
              {"processes", processes}}},
            {"verdicts", verdicts}};
}

std::vector<std::string> failed_verdicts(const json& proof) {
    std::vector<std::string> out;
    for (const auto& verdict : list_in(proof, "verdicts"))
        if (!flag_in(verdict, "ok") && text_in(verdict, "name") != "workers")
            out.push_back(fmt::format("{}: {}", text_in(verdict, "name"), text_in(verdict, "text")));
    return out;
}

}  // namespace hlaunch
