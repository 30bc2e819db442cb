#include "report/run_records.h"

#include <sys/stat.h>

#include <system_error>

#include "base/error.h"
#include "base/text/printable.h"
#include "os/files/untrusted_file.h"
#include "plan/run_folder.h"
#include "report/rank_events.h"
#include "run/journal/journal.h"
#include "run/journal/lock_owner.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t most_journal_bytes = 512U << 20U, most_json_bytes = 64U << 20U;

nlohmann::json read_json(const fs::path& path) try {
    auto json = nlohmann::json::parse(read_regular_file(path, most_json_bytes).value_or(""), nullptr, false);
    if (json.is_discarded()) json = nullptr;
    return json;  // moved: a copy of what is nested deeply would recurse
} catch (const Error&) {
    return {};  // what the journal tells does not depend on it
}

}  // namespace

void check_is_run(const fs::path& folder) {
    const auto name = printable(folder.native());
    std::error_code failed;
    if (!fs::is_directory(folder, failed)) {
        if (failed && failed != std::errc::no_such_file_or_directory && failed != std::errc::not_a_directory)
            throw infrastructure_error("cannot read {}: {}", name, failed.message());
        throw usage_error("{} is no folder; give the --output of a run", name.empty() ? "''" : name);
    }
    for (const char* file : {"journal.jsonl", "plan.json", "status.json"})
        if (fs::exists(folder / file, failed)) return;
    if (failed) throw infrastructure_error("cannot read {}: {}", name, failed.message());
    throw usage_error("{} is no run of hlaunch: it has no journal.jsonl; give the --output of a run", name);
}

bool is_going_on(const std::optional<LiveStatus>& live, const std::optional<RunOwner>& owner, OwnerState state) {
    if (!owner || (live && live->ended)) return false;
    return state == OwnerState::alive || (state == OwnerState::elsewhere && live);
}

RunPulse read_pulse(const fs::path& folder) {
    const RunFolder names{folder.string()};
    RunPulse out;
    out.live = live_status_from_json(read_json(names.status()));
    std::optional<RunOwner> locked;
    try {
        if (const auto lock = parse_lock_owner(read_regular_file(names.lock(), 4096).value_or("")))
            locked = lock->process;
    } catch (const Error&) {
        locked.reset();
    }
    // A run that could not write status.json has left an earlier one there.
    const bool same = !locked || (out.live && locked->pid == out.live->owner.pid);
    if (!same && (!out.live || out.live->ended) && look_after(*locked, folder.string()) == OwnerState::alive)
        out.live.reset();
    out.owner = out.live ? std::optional(out.live->owner) : locked;
    if (out.owner) out.state = look_after(*out.owner, folder.string());
    struct stat status {};
    if (::lstat((out.live ? names.status() : names.lock()).c_str(), &status) == 0 && S_ISREG(status.st_mode))
        out.writer = status.st_uid;
    return out;
}

RunRecords read_run_records(const fs::path& folder) {
    check_is_run(folder);
    const RunFolder names{folder.string()};
    RunRecords out;
    out.folder = folder.string();
    // Before the journal: what ends in between is in the journal then.
    auto pulse = read_pulse(folder);
    out.live = std::move(pulse.live);
    out.owner = std::move(pulse.owner);
    out.owner_state = pulse.state;
    // Piece by piece: of a large one the text is not held beside its events.
    JournalReader journal([&](nlohmann::json&& event) { out.events.push_back(parse_event(std::move(event))); });
    read_regular_pieces(names.journal(), most_journal_bytes, [&](std::string_view piece) { journal.feed(piece); });
    refuse_foreign_journal(printable(names.journal()), journal.is_foreign());
    refuse_newer_journal(printable(names.journal()), journal.version());
    for (auto& event : ends_of_ranks(names, out.events)) out.events.push_back(std::move(event));
    out.dropped_bytes = journal.dropped_bytes();
    out.damaged_lines = journal.damaged_lines();
    out.plan = read_json(names.plan());
    out.merge = read_json(names.merged() + "/merge.json");
    out.captured = shards_on_disk(names);
    out.workers = worker_records(names);
    for (const auto& worker : out.workers) out.captured.insert(worker.shards.begin(), worker.shards.end());
    out.now = std::chrono::system_clock::now();
    return out;
}

}  // namespace hlaunch
