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

std::vector<nlohmann::json> events_of(const RunFolder& run) {
    return read_journal(read_regular_file(run.journal(), most_journal_bytes).value_or("")).events;
}

}  // namespace hlaunch
