#include "report/worker_records.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>

#include "base/error.h"
#include "base/json_fields.h"
#include "base/text/printable.h"
#include "run/journal/journal_lock.h"
#include "run/journal/worker_runs.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

void take(WorkerRecord& worker, const nlohmann::json& event) {
    const auto kind = text_in(event, "event");
    if (kind == "worker") {
        worker.host = printable(text_in(event, "host"));
        worker.state = "gone";
        worker.why = "it ended without a word (killed, or its node died)";
        if (text_in(event, "of") == "posterior") worker.rounds = 0;
    }
    if (kind == "failed") worker.state = "failed", worker.why = printable(text_in(event, "why"));
    if (kind == "interrupted")
        worker.state = "stopped", worker.why = fmt::format("it was stopped by signal {}", count_in(event, "signal"));
    if (kind == "worked") worker.state = "done", worker.why.clear();
    if (kind == "worked" && worker.rounds) worker.rounds = count_in(event, "rounds");
}

WorkerRecord read_worker(const RunFolder& folder) {
    WorkerRecord out{.name = printable(fs::path(folder.root).filename().native()),
                     .host = {},
                     .state = "gone",
                     .why = "it ended before it began to draw",
                     .shards = shards_on_disk(folder)};
    try {
        const bool at_work = lock_status(folder.lock()).state != LockState::free;
        for (const auto& event : events_of(folder)) take(out, event);
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
