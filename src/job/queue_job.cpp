#include "job/queue_job.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/quantity.h"
#include "job/begin_and_end.h"
#include "job/checks.h"
#include "job/identity.h"
#include "job/queue_tasks.h"
#include "job/short_runs.h"
#include "job/start.h"
#include "job/worker_job.h"
#include "os/file.h"
#include "os/held_signals.h"
#include "os/host.h"
#include "os/reaper_launcher.h"
#include "plan/plan.h"
#include "queue/queue_runner.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

// A thousand tasks a folder: ls and backups stay usable.
std::string log_path(const RunFolder& folder, std::uint64_t number, const char* kind) {
    return fmt::format("{}/tasks/{:03}/{:06}.{}", folder.root, number / 1000, number, kind);
}

std::string text_of(const nlohmann::json& json) {
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string result_json(const QueueResult& result, std::uint64_t total, std::uint64_t before,
                        const DeskClient::Rest& rest) {
    auto out = to_json(result);
    out.update({{"format", "hlaunch-queue"}, {"version", 1}, {"tasks", total}, {"done_before", before}});
    if (!rest.left.empty()) out.update({{"ranks", rest.left.size() + 1}, {"messages", rest.messages}});
    return out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

// Of a former start, so that progress tells of what is left.
std::uint64_t done_before(QueueTasks& tasks, const QueueEnds& ends) {
    if (ends.none()) return 0;
    std::uint64_t out = 0;
    while (const auto task = tasks.next())
        if (ends.done(task->key)) ++out;
    tasks.rewind();
    return out;
}

// Throws what the user is to be told.
int exit_code_of(const QueueResult& result, std::uint64_t total, std::uint64_t failed_before,
                 const std::optional<RunFolder>& folder) {
    if (result.interruption.by) return 128 + *result.interruption.by;
    if (result.interruption.out_of_time)
        throw failure("the time limit (--time-limit) is over; the same command again does the rest");
    if (result.disk_full)
        throw infrastructure_error(
            "the file system of {} is full: what ran was stopped, nothing more is started; make room, the same command "
            "again does the rest",
            folder ? folder->root : ".");
    if (result.failed > 0) {
        const auto& first = result.failures.front();
        const auto log = folder && first.outcome != Outcome::start_failed
                             ? fmt::format(" (log: {})", log_path(*folder, first.number, "err"))
                             : "";
        throw failure("{} of {} tasks failed; the first: task {}, {}, {}{}{}", result.failed, total, first.number,
                      first.text, to_string(first.outcome), log, folder ? "; --retry-failed runs them again" : "");
    }
    if (failed_before > 0)
        throw failure("{} of {} tasks failed at an earlier start; --retry-failed runs them again", failed_before,
                      total);
    return static_cast<int>(ExitCode::ok);
}

}  // namespace

int run_queue(const QueueWish& wish, const JobOptions& options, const Machine& machine, const Environment& environment,
              const QueueRank* rank) {
    if (machine.foreign)
        throw usage_error("commands run on the machine they are started on: --topology only plans (hlaunch plan)");
    check_folder_where_needed(options);
    const bool first = rank == nullptr || rank->rank.rank == 0;  // whose folder is the run's own
    if (rank != nullptr && wish.file == "-")
        throw usage_error("standard input reaches one rank alone; give the queue as a file that all can read");
    if (rank != nullptr && options.fresh)
        throw usage_error("--fresh is for one machine: remove {}, or start it there once", options.output);
    TaskFile file(wish.file, wish.null ? '\0' : '\n');
    const auto variables = key_variables(options.key_env, environment);
    QueueTasks tasks(file, fs::current_path().string() + (variables.empty() ? "" : text_of(variables)));
    const auto total = tasks.check();
    if (total == 0) throw usage_error("{} holds no command", wish.file);
    auto plan = plan_of_placements(machine, options.placements);
    if (rank != nullptr) keep_own_placements(plan, rank->rank, true);  // commands, not samplers: short
    SystemClock clock;
    std::optional<RunFolder> folder, shared;  // ours, and that of all ranks
    std::optional<JournalFile> journal;
    ProgressDisplay display(
        ProgressDisplay::style_for(isatty(STDERR_FILENO) == 1, options.quiet || options.output.empty()));
    std::unique_ptr<RunFeed> feed;
    QueueEnds ends;
    if (!options.output.empty()) {
        // Rank 0 makes the folder a run's, before others put anything there.
        if (!first) static_cast<void>(rank->desk.await_note({}));
        shared.emplace(RunFolder{check_output(options)});
        folder = shared;
        if (!first) {
            folder->root = shared->worker(fmt::format("{}-{}", rank->rank.job, rank->rank.rank));
            ensure_directory(folder->root);
        }
        journal.emplace(
            folder->journal(), clock, options.fresh ? JournalFile::Start::over : JournalFile::Start::resume,
            [&](const nlohmann::json& event) {
                refuse_another_kind(event, "queue", options.output);
                ends.note(event);
            },
            [&](const std::string& text) { display.note(text); });
        if (first) note_ends_of_ranks(*shared, ends);
        for (unsigned to = 1; rank != nullptr && first && to < rank->rank.ranks; ++to)
            rank->desk.send_piece(to, {{"note", "folder"}}, "", {});
        ends.sort();
        if (options.fresh) forget_former_run(*folder);
        settle_former_start(*folder, *journal, display);
        feed = start_feed(options, *folder, clock, *journal);
        if (!first)
            journal->append({{"event", "worker"},
                             {"host", read_host_identity().name},
                             {"rank", rank->rank.rank},
                             {"pid", getpid()}});
        journal->append({{"event", "queue"}, {"tasks", total}});
        write_atomically(folder->plan(),
                         to_json(plan).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    }
    std::uint64_t before = 0, failed_before = 0, last_folder = ~0ULL;
    auto own = environment;
    if (shared) own.set(run_folder_variable, shared->root);
    own.unset("HLAUNCH_TASK_NUMBER");  // where a task is a queue itself
    const auto env = own.list();
    std::vector<Binding> slots;
    for (const auto& placement : plan.placements)
        slots.push_back({.cpus = placement.cpus, .mems = placement.mems, .policy = placement.mem_policy});
    std::optional<HeldSignals> held;
    if (rank != nullptr) held.emplace();  // while an answer of the desk is waited for
    std::optional<DealtTasks> dealt;
    if (rank != nullptr) dealt.emplace(tasks, rank->desk, slots.size(), shared);
    const auto next_task = [&]() -> std::optional<QueueTasks::Keyed> {
        if (dealt) return dealt->next([&] { check(*held); });
        while (auto next = tasks.next()) {
            if (ends.done(next->key))
                ++before;
            else if (ends.failed(next->key) && !wish.retry_failed)
                ++failed_before;
            else
                return next;
        }
        return std::nullopt;
    };
    const auto source = [&]() -> std::optional<QueueItem> {
        auto next = next_task();
        if (!next) return std::nullopt;
        QueueItem item;
        item.number = next->task.number;
        item.key = next->key;
        item.spec.argv = std::move(next->task.argv);
        item.spec.env = env;
        item.spec.env.push_back(fmt::format("HLAUNCH_TASK_NUMBER={}", item.number));
        item.spec.cwd = fs::current_path();
        item.spec.die_with_parent = true;
        if (folder) {
            if (const auto thousand = item.number / 1000; thousand != last_folder) {
                ensure_directory(fs::path(log_path(*shared, item.number, "out")).parent_path());
                last_folder = thousand;
            }
            item.spec.stdout_path = log_path(*shared, item.number, "out");
            item.spec.stderr_path = log_path(*shared, item.number, "err");
        }
        return item;
    };
    ReaperLauncher launcher(journal ? journal->receipts() : -1);
    auto deadline = deadline_of(options, clock);
    QueueRunner runner(clock, launcher, journal ? &*journal : nullptr, display, deadline,
                       rules_of(options, folder ? folder->root : ""), feed.get());
    if (dealt) runner.on_end([&](const QueueItem& item, Outcome outcome, double s) { dealt->ended(item, outcome, s); });
    return run_to_its_end({journal ? &*journal : nullptr, feed.get(), display}, [&] {
        auto todo = total - done_before(tasks, ends);
        std::vector<DeskClient::Offered> open;
        DeskClient::Rest rest;
        if (rank != nullptr) {
            rank->desk.hello(read_host_identity().name, slots.size(),
                             std::chrono::duration<double>(clock.wall().time_since_epoch()).count());
            if (first) {
                open = open_tasks(tasks, ends, wish.retry_failed);
                before = total - todo;
                failed_before = todo - open.size();
                todo = open.size();
                rank->desk.offer(offer_name(tasks), open);
            }
        }
        auto result = runner.run(slots, todo, source);
        if (dealt) dealt->report();
        if (!first) {
            if (journal && !result.interruption.by) journal->append({{"event", "worked"}});
            rank->desk.leave(result.interruption.by ? 128 + *result.interruption.by : 0, {{"queue", to_json(result)}});
            return result.interruption.by ? 128 + *result.interruption.by : 0;
        }
        if (rank != nullptr && !result.interruption.by) {
            rest = rank->desk.await_rest([&] { check(*held); });
            add_rest(result, rest.left, tasks, shared, open);
        }
        if (options.json) std::fputs(result_json(result, total, before, rest).c_str(), stdout);
        return exit_code_of(result, total, failed_before, shared);
    });
}

}  // namespace hlaunch
