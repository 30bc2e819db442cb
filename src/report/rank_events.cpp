#include "report/rank_events.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/json_fields.h"
#include "run/journal/worker_runs.h"

namespace hlaunch {
namespace {

std::vector<nlohmann::json> readable_events_of(const RunFolder& worker) {
    try {
        return events_of(worker);
    } catch (const Error&) {
        return {};  // the worker's own line tells
    }
}

}  // namespace

std::vector<nlohmann::json> ends_of_ranks(const RunFolder& run, const std::vector<nlohmann::json>& own) {
    std::map<std::string, std::uint64_t> number_of;
    bool shared = false;
    for (const auto& event : own) {
        const auto what = text_in(event, "event");
        shared = shared || what == "queue" || what == "campaign";
        if (what == "scan") number_of[text_in(event, "name")] = count_in(event, "part");
    }
    std::vector<nlohmann::json> out;
    if (!shared) return out;
    for (const auto& worker : worker_runs(run)) {
        std::map<std::uint64_t, std::string> names;
        for (auto& event : readable_events_of(worker)) {
            const auto what = text_in(event, "event");
            if (what == "scan") names[count_in(event, "part")] = text_in(event, "name");
            if (what != "end") continue;
            if (event.contains("part")) {
                const auto scan = number_of.find(names[count_in(event, "part")]);
                if (scan == number_of.end()) continue;
                event["part"] = scan->second;
            }
            out.push_back(std::move(event));
        }
    }
    std::stable_sort(out.begin(), out.end(),
                     [](const auto& a, const auto& b) { return text_in(a, "time") < text_in(b, "time"); });
    return out;
}

}  // namespace hlaunch
