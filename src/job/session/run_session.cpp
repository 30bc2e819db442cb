#include "job/session/run_session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text/printable.h"
#include "job/request/preflight.h"
#include "job/session/run_rules.h"
#include "os/files/file.h"
#include "os/files/private_folder.h"
#include "os/files/trust.h"
#include "os/io/no_links.h"
#include "os/process/marked_processes.h"
#include "os/process/shared_memory.h"
#include "run/journal/run_kind.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

// What --fresh starts over from: results of whatever kind of run the folder held, and its plan. Logs of a folder that
// is gone cannot be told from the new ones.
void forget_former_run(const RunFolder& folder) {
    for (const char* name :
         {"parts", "nlsq", "merged", "survey", "survey.new", "evaluate", "tasks", "workers", "claims.json", "plan.json",
          "usage.svg", "scans", "servers", "table.csv", "table.json", "pictures"})
        remove_whole(fs::path(folder.root) / name);
}

// check_output() has looked before anything was written; this is with the journal's lock, for two that began at once.
void refuse_another_kind(const RunHistory& history, std::string_view own, const std::string& output) {
    if (own.empty()) return;
    for (const auto& kind : history.kinds)
        if (kind != "worker") refuse_kind(kind, own, output);
}

}  // namespace

void tell_warnings(const Plan& plan, const Reporting& reporting) {
    if (reporting.quiet) return;
    for (const auto& warning : plan.warnings) fmt::print(stderr, "hlaunch: warning: {}\n", warning);
}

RunSession::RunSession(const FolderSpec& where, const RunLimits& limits, const Reporting& reporting)
    : where_(where),
      limits_(limits),
      reporting_(reporting),
      display_(ProgressDisplay::style_for(isatty(STDERR_FILENO) == 1, reporting.quiet || where.output.empty())) {}

RunSession::~RunSession() = default;

void RunSession::open(const RunFolder& folder, std::string_view kind, const JournalFile::OnEvent& each) {
    folder_ = folder;
    journal_.emplace(
        folder.journal(), clock_, where_.fresh ? JournalFile::Start::over : JournalFile::Start::resume,
        [&](const std::string& text) { display_.note(text); }, each);
    refuse_another_kind(journal_->history(), kind, where_.output);
    if (where_.fresh) forget_former_run(folder);
    tell_former_start();
    static_cast<void>(remove_tree(folder.stop()));  // a stop that was asked of a former start
    feed_ = std::make_unique<RunFeed>(clock_, folder.root, folder.status(), limits_.grace_s, reporting_.json_events);
    journal_->tee([feed = feed_.get()](const nlohmann::json& event) { feed->journalled(event); });
}

void RunSession::tell_former_start() {
    if (const auto trust = trust_of_folder(folder_->root); !trust.trusted())
        display_.note(
            fmt::format("hlaunch: warning: the run folder {} {}: who may write there can change results and stop "
                        "the run; links in it are not followed",
                        printable(folder_->root), trust.why));
    if (const auto damage = journal_->damage_text(); !damage.empty()) display_.note("hlaunch: warning: " + damage);
    if (!journal_->left_open()) return;
    if (const auto killed = kill_marked(fmt::format("{}={}", run_folder_variable, folder_->root)); killed > 0)
        display_.note(fmt::format("hlaunch: {} processes that a killed hlaunch had left were killed", killed));
}

void RunSession::note_kind(std::string_view kind) {
    if (journal_->history().kinds.empty()) journal_->append(events::Folder{std::string(kind)});
}

void RunSession::remove_former_temporaries(const std::string& temporary) const {
    const auto prefix = "hl-" + run_id_of(*folder_) + "-";
    static_cast<void>(remove_shared_memory_of(prefix));
    std::error_code failed;
    for (fs::directory_iterator entry(canonical_path(temporary), failed), end; !failed && entry != end;
         entry.increment(failed))
        if (entry->path().filename().native().starts_with(prefix)) remove_private_folder(entry->path());
}

JobContext RunSession::context(const AnalysisSpec& analysis, homodyne::AnalysisRequest request,
                               const Environment& environment, const WorkOrder& order) {
    remove_former_temporaries(environment.get("TMPDIR").value_or("/tmp"));
    return {.analysis = analysis,
            .where = where_,
            .limits = limits_,
            .reporting = reporting_,
            .folder = *folder_,
            .request = std::move(request),
            .environment = environment,
            .run_id = run_id_of(*folder_),
            .clock = clock_,
            .display = display_,
            .journal = *journal_,
            .launcher = launcher(),
            .deadline = deadline(),
            .order = order,
            .feed = feed()};
}

Deadline RunSession::deadline() const {
    return deadline_of(limits_, clock_);
}

RunRules RunSession::rules() const {
    return rules_of(limits_, folder_ ? folder_->root : "");
}

StageRunner RunSession::stage_runner(Deadline& deadline) {
    return {clock_, launcher(), journal(), display_, deadline, rules(), feed()};
}

ReaperLauncher& RunSession::launcher() {
    if (!launcher_) launcher_.emplace(journal_ ? journal_->receipts() : -1);
    return *launcher_;
}

void RunSession::end_feed(int exit_code) {
    if (!feed_) return;
    feed_->ended(exit_code);
    if (feed_->dropped_events() > 0)
        display_.note(fmt::format("hlaunch: warning: --json-events: {} lines were dropped, their reader is too slow",
                                  feed_->dropped_events()));
}

void RunSession::end_failed(ExitCode code, const char* why) {
    if (journal_) static_cast<void>(journal_->try_append(events::Failed{why}));
    end_feed(static_cast<int>(code));
}

int RunSession::run(const std::function<int()>& work) {
    // Whoever holds signals back during the work does so until nothing is left that was started.
    const struct EndOfLauncher {
        std::optional<ReaperLauncher>& launcher;
        ~EndOfLauncher() { launcher.reset(); }
    } after_work{launcher_};
    try {
        const int code = work();
        end_feed(code);
        return code;
    } catch (const Interrupted& interrupted) {
        if (journal_) static_cast<void>(journal_->try_append(events::Interrupted{interrupted.signal}));
        display_.note("hlaunch: stopped; what is captured is kept, the same command again does the rest");
        end_feed(128 + interrupted.signal);
        return 128 + interrupted.signal;
    } catch (const Error& error) {
        end_failed(error.code(), error.what());
        throw;
    } catch (const std::exception& error) {
        end_failed(ExitCode::infrastructure, error.what());
        throw;
    }
}

}  // namespace hlaunch
