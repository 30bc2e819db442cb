#include "report/rank_events.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "run/journal/worker_runs.h"

namespace hlaunch {
namespace {

std::vector<Event> readable_events_of(const RunFolder& worker) {
    std::vector<Event> out;
    try {
        read_events(worker, [&](Event&& event) { out.push_back(std::move(event)); });
    } catch (const Error&) {
        return {};  // the worker's own line tells
    }
    return out;
}

}  // namespace

std::vector<Event> ends_of_ranks(const RunFolder& run, const std::vector<Event>& own) {
    std::map<std::string, unsigned> number_of;
    bool shared = false;
    for (const auto& event : own) {
        shared = shared || event.as<events::Queue>() || event.as<events::Campaign>();
        if (const auto* scan = event.as<events::Scan>()) number_of[scan->name] = scan->part;
    }
    std::vector<Event> out;
    if (!shared) return out;
    for (const auto& worker : worker_runs(run)) {
        std::map<unsigned, std::string> names;
        for (auto& event : readable_events_of(worker)) {
            if (const auto* scan = event.as<events::Scan>()) names[scan->part] = scan->name;
            auto* end = std::get_if<events::End>(&event.what);
            if (end == nullptr) continue;
            if (end->part) {
                const auto scan = number_of.find(names[*end->part]);
                if (scan == number_of.end()) continue;
                end->part = scan->second;
            }
            out.push_back(std::move(event));
        }
    }
    std::ranges::stable_sort(out, {}, &Event::time);
    return out;
}

}  // namespace hlaunch
