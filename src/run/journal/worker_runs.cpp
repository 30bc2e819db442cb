#include "run/journal/worker_runs.h"

#include <algorithm>
#include <filesystem>

#include "os/files/untrusted_file.h"
#include "run/journal/journal.h"

namespace hlaunch {
namespace {

constexpr std::uint64_t most_journal_bytes = 1U << 30U;

}  // namespace

std::vector<RunFolder> worker_runs(const RunFolder& run) {
    namespace fs = std::filesystem;
    std::vector<RunFolder> out;
    std::error_code failed;
    for (fs::directory_iterator at(run.workers(), failed), end; !failed && at != end; at.increment(failed)) {
        std::error_code none;
        if (fs::is_directory(at->path(), none)) out.push_back({at->path().native()});
    }
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.root < b.root; });
    return out;
}

void read_events(const RunFolder& run, const std::function<void(Event&&)>& on_event) {
    JournalReader reader([&](nlohmann::json&& json) { on_event(parse_event(std::move(json))); });
    read_regular_pieces(run.journal(), most_journal_bytes, [&](std::string_view piece) { reader.feed(piece); });
}

RunHistory history_of(const RunFolder& run) {
    RunHistory out;
    read_events(run, [&](const Event& event) { out.take(event); });
    return out;
}

}  // namespace hlaunch
