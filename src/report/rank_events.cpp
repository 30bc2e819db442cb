#include "report/rank_events.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "os/doubtful_file.h"
#include "run/journal.h"
#include "run/json_fields.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t most_rank_journal_bytes = 64U << 20U;

std::vector<nlohmann::json> events_of(const fs::path& folder) {
    try {
        return read_journal(read_regular_file(RunFolder{folder.string()}.journal(), most_rank_journal_bytes).value_or(""))
            .events;
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
    std::error_code failed;
    for (fs::directory_iterator at(run.workers(), failed), end; shared && !failed && at != end; at.increment(failed)) {
        std::map<std::uint64_t, std::string> names;
        for (auto& event : events_of(at->path())) {
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
