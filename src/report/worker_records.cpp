#include "report/worker_records.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>

#include "base/error.h"
#include "base/text/printable.h"
#include "run/journal/journal_lock.h"
#include "run/journal/worker_runs.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

void take(WorkerRecord& worker, const RunHistory& history) {
    if (const auto& start = history.worker) {
        worker.host = printable(start->host);
        worker.why = "it ended without a word (killed, or its node died)";
        if (start->of == "posterior") worker.rounds = 0;
    }
    if (const auto* failed = history.ending.as<events::Failed>())
        worker.state = "failed", worker.why = printable(failed->why);
    if (const auto* interrupted = history.ending.as<events::Interrupted>())
        worker.state = "stopped", worker.why = fmt::format("it was stopped by signal {}", interrupted->signal);
    if (const auto* worked = history.ending.as<events::Worked>()) {
        worker.state = "done", worker.why.clear();
        if (worker.rounds) worker.rounds = worked->rounds.value_or(0);
    }
}

WorkerRecord read_worker(const RunFolder& folder) {
    WorkerRecord out{.name = printable(fs::path(folder.root).filename().native()),
                     .host = {},
                     .state = "gone",
                     .why = "it ended before it began to draw",
                     .shards = shards_on_disk(folder)};
    try {
        const bool at_work = lock_status(folder.lock()).state != LockState::free;
        take(out, history_of(folder));
        if (at_work) out.state = "running", out.why.clear();
    } catch (const Error& error) {
        out.why = error.what();
    }
    return out;
}

}  // namespace

std::set<unsigned> shards_on_disk(const RunFolder& run) {
    std::set<unsigned> out;
    std::error_code failed;
    for (fs::directory_iterator part(run.parts(), failed), end; !failed && part != end; part.increment(failed)) {
        std::error_code none;
        for (fs::directory_iterator file(part->path() / "shards", none); !none && file != end; file.increment(none)) {
            const auto name = file->path().filename().native();
            unsigned shard = 0;
            const auto [tail, error] = std::from_chars(name.data(), name.data() + name.size(), shard);
            if (error == std::errc{} && std::string_view(tail) == ".npz") out.insert(shard);
        }
    }
    return out;
}

std::vector<WorkerRecord> worker_records(const RunFolder& run) {
    std::vector<WorkerRecord> out;
    for (const auto& worker : worker_runs(run)) out.push_back(read_worker(worker));
    return out;
}

std::string trouble_text(const WorkerRecord& worker) {
    return fmt::format("worker {}{}: {}", worker.name, worker.host.empty() ? "" : " on " + worker.host, worker.why);
}

}  // namespace hlaunch
