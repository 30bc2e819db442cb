#include "job/session/begin_and_end.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text/printable.h"
#include "job/request/content_hash.h"
#include "job/request/preflight.h"
#include "os/files/file.h"
#include "os/files/private_folder.h"
#include "os/files/trust.h"
#include "os/io/no_links.h"
#include "os/process/marked_processes.h"
#include "os/process/shared_memory.h"
#include "run/journal/run_kind.h"
#include "run/stage/stage_runner.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

void end_feed(const RunOutlets& records, int exit_code) {
    if (!records.feed) return;
    records.feed->ended(exit_code);
    if (records.feed->dropped_events() > 0)
        records.display.note(
            fmt::format("hlaunch: warning: --json-events: {} lines were dropped, their reader is too slow",
                        records.feed->dropped_events()));
}

void end_failed(const RunOutlets& records, ExitCode code, const char* why) {
    if (records.journal) static_cast<void>(records.journal->try_append({{"event", "failed"}, {"why", why}}));
    end_feed(records, static_cast<int>(code));
}

}  // namespace

void forget_former_run(const RunFolder& folder) {
    for (const char* name :
         {"parts", "nlsq", "merged", "survey", "survey.new", "evaluate", "tasks", "workers", "claims.json", "plan.json",
          "usage.svg", "scans", "servers", "table.csv", "table.json", "pictures"})
        remove_whole(fs::path(folder.root) / name);
}

void refuse_another_kind(const nlohmann::json& event, std::string_view own, const std::string& output) {
    const auto kind = kind_of_event(event);
    if (kind != "worker") refuse_kind(kind, own, output);
}

void tell_warnings(const Plan& plan, const JobOptions& options) {
    if (options.quiet) return;
    for (const auto& warning : plan.warnings) fmt::print(stderr, "hlaunch: warning: {}\n", warning);
}

void note_kind(JournalFile& journal, std::string_view own) {
    if (std::ranges::all_of(journal.events(), [](const auto& event) { return kind_of_event(event).empty(); }))
        journal.append({{"event", "folder"}, {"of", own}});
}

std::string run_id_of(const RunFolder& folder) {
    return hash_text(this_process(folder.root).folder_id + " " + folder.root).substr(0, 12);
}

void remove_former_temporaries(const RunFolder& folder, const std::string& temporary) {
    const auto prefix = "hl-" + run_id_of(folder) + "-";
    static_cast<void>(remove_shared_memory_of(prefix));
    std::error_code failed;
    for (fs::directory_iterator entry(canonical_path(temporary), failed), end; !failed && entry != end;
         entry.increment(failed))
        if (entry->path().filename().native().starts_with(prefix)) remove_private_folder(entry->path());
}

std::unique_ptr<RunFeed> start_feed(const JobOptions& options, const RunFolder& folder, Clock& clock,
                                    JournalFile& journal) {
    static_cast<void>(remove_tree(folder.stop()));
    auto out = std::make_unique<RunFeed>(clock, folder.root, folder.status(), options.grace_s, options.json_events);
    journal.tee([feed = out.get()](const nlohmann::json& event) { feed->journalled(event); });
    return out;
}

void settle_former_start(const RunFolder& folder, const JournalFile& journal, ProgressDisplay& display) {
    if (const auto trust = trust_of_folder(folder.root); !trust.trusted())
        display.note(
            fmt::format("hlaunch: warning: the run folder {} {}: who may write there can change results and stop "
                        "the run; links in it are not followed",
                        printable(folder.root), trust.why));
    if (const auto damage = journal.damage_text(); !damage.empty()) display.note("hlaunch: warning: " + damage);
    if (!journal.left_open()) return;
    if (const auto killed = kill_marked(fmt::format("{}={}", run_folder_variable, folder.root)); killed > 0)
        display.note(fmt::format("hlaunch: {} processes that a killed hlaunch had left were killed", killed));
}

int run_to_its_end(const RunOutlets& records, const std::function<int()>& work) {
    try {
        const int code = work();
        end_feed(records, code);
        return code;
    } catch (const Interrupted& interrupted) {
        if (records.journal)
            static_cast<void>(records.journal->try_append({{"event", "interrupted"}, {"signal", interrupted.signal}}));
        records.display.note("hlaunch: stopped; what is captured is kept, the same command again does the rest");
        end_feed(records, 128 + interrupted.signal);
        return 128 + interrupted.signal;
    } catch (const Error& error) {
        end_failed(records, error.code(), error.what());
        throw;
    } catch (const std::exception& error) {
        end_failed(records, ExitCode::infrastructure, error.what());
        throw;
    }
}

}  // namespace hlaunch
