#include "job/commands/queue.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/text/quantity.h"
#include "job/commands/queue_tasks.h"
#include "job/request/key_variables.h"
#include "job/request/preflight.h"
#include "job/session/interrupts.h"
#include "job/session/own_placements.h"
#include "job/session/run_rules.h"
#include "job/session/run_session.h"
#include "os/files/file.h"
#include "os/host/host.h"
#include "os/reaper/reaper_launcher.h"
#include "os/spawn/blocked_signals.h"
#include "plan/plan.h"
#include "plan/task_need.h"
#include "queue/queue_runner.h"
#include "script/scheduler/scheduler_commands.h"

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

// One start of a queue: alone, or one rank of several.
class QueueRun {
  public:
    // rank: null where it is alone. tasks: checked, total of them.
    QueueRun(const QueueWish& wish, const JobOptions& options, Plan plan, const Environment& environment,
             const RankDesk* rank, QueueTasks& tasks, std::uint64_t total)
        : wish_(wish),
          options_(options),
          plan_(std::move(plan)),
          rank_(rank),
          tasks_(tasks),
          total_(total),
          session_(options.folder, options.limits, options.reporting) {
        if (rank != nullptr) held_.emplace();
        if (!options.folder.output.empty()) open_folder();
        in_job_ = is_in_job(environment);
        auto own = environment;
        if (shared_) own.set(run_folder_variable, shared_->root);
        own.unset("HLAUNCH_TASK_NUMBER");  // where a task is a queue itself
        environment_ = own.list();
    }

    int run() {
        std::vector<QueueSlot> slots;
        for (const auto& placement : plan_.placements)
            slots.push_back(
                {.binding = {.cpus = placement.cpus, .mems = placement.mems, .policy = placement.mem_policy},
                 .memory_bytes = placement.memory_bytes});
        auto deadline = session_.deadline();
        QueueRunner runner(session_.clock(), session_.launcher(), session_.journal(), session_.display(), deadline,
                           session_.rules(), session_.feed());
        if (rank_ != nullptr) {
            dealt_.emplace(tasks_, rank_->desk, slots.size(), shared_);
            runner.on_end(
                [&](const QueueItem& item, Outcome outcome, double seconds) { dealt_->ended(item, outcome, seconds); });
        }
        return session_.run([&] {
            const auto todo = rank_ == nullptr ? total_ - done_before(tasks_, ends_) : introduce(slots.size());
            return conclude(runner.run(slots, todo, [&](bool idle) { return next_item(idle); }));
        });
    }

  private:
    [[nodiscard]] bool first() const { return rank_ == nullptr || rank_->rank.rank == 0; }

    void open_folder() {
        // Rank 0 makes the folder a run's, before others put anything there.
        if (!first()) static_cast<void>(rank_->desk.await_note([&] { check(*held_); }));
        shared_.emplace(RunFolder{check_output(options_.folder, "queue")});
        auto own = *shared_;
        if (!first()) {
            own.root = shared_->worker(fmt::format("{}-{}", rank_->rank.job, rank_->rank.rank));
            ensure_directory(own.root);
        }
        ends_.reserve(total_);
        session_.open(own, "queue", [&](const Event& event) { ends_.note(event); });
        if (first()) note_ends_of_ranks(*shared_, ends_);
        if (rank_ != nullptr && first()) rank_->desk.send_note(rank_->rank.ranks, "folder", {});
        ends_.sort();
        auto& journal = *session_.journal();
        if (!options_.folder.key_env.empty() && journal.history().hashed_without_secret)
            session_.display().note(former_hashes_text);
        if (!first())
            journal.append(
                events::Worker{.rank = rank_->rank.rank, .host = read_host_identity().name, .pid = getpid()});
        journal.append(events::Queue{.tasks = total_, .keyed = true});
        write_atomically(own.plan(),
                         to_json(plan_).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    }

    // Tells rank 0's desk of this rank and, on rank 0, of what is left to do; returns how much that is, or as far as
    // this rank knows.
    std::uint64_t introduce(std::size_t slots) {
        rank_->desk.hello(slots, session_.clock());
        if (!first()) return total_;
        const auto left = total_ - done_before(tasks_, ends_);
        offered_ = open_tasks(tasks_, ends_, wish_.retry_failed);
        before_ = total_ - left;
        failed_before_ = left - offered_.size();
        rank_->desk.offer(offer_name(tasks_), offered_);
        return offered_.size();
    }

    std::optional<QueueTasks::Keyed> next_task(bool idle) {
        if (dealt_)
            return dealt_->next(idle, [&] {
                check(*held_);
                if (session_.journal() != nullptr) session_.journal()->heartbeat();
            });
        while (auto next = tasks_.next()) {
            if (ends_.done(next->key))
                ++before_;
            else if (ends_.failed(next->key) && !wish_.retry_failed)
                ++failed_before_;
            else
                return next;
        }
        return std::nullopt;
    }

    std::optional<QueueItem> next_item(bool idle) {
        auto next = next_task(idle);
        if (!next) return std::nullopt;
        QueueItem item;
        item.number = next->task.number;
        item.key = next->key;
        item.spec.argv = std::move(next->task.argv);
        item.spec.env = environment_;
        item.spec.env.push_back(fmt::format("HLAUNCH_TASK_NUMBER={}", item.number));
        item.spec.cwd = fs::current_path();
        item.spec.die_with_parent = true;
        item.spec.ignore_warnings = in_job_;
        if (!shared_) return item;
        if (const auto thousand = item.number / 1000; thousand != last_thousand_) {
            ensure_directory(fs::path(log_path(*shared_, item.number, "out")).parent_path());
            last_thousand_ = thousand;
        }
        item.spec.stdout_path = log_path(*shared_, item.number, "out");
        item.spec.stderr_path = log_path(*shared_, item.number, "err");
        return item;
    }

    int conclude(QueueResult result) {
        DeskClient::Rest rest;
        const int stopped_by = result.interruption.by ? 128 + *result.interruption.by : 0;
        if (dealt_) dealt_->report();
        if (!first()) {
            if (session_.journal() != nullptr && stopped_by == 0) session_.journal()->append(events::Worked{});
            rank_->desk.leave(stopped_by, {{"queue", to_json(result)}});
            return stopped_by;  // failures are rank 0's to tell
        }
        if (rank_ != nullptr && stopped_by == 0) {
            rest = rank_->desk.await_rest([&] { check(*held_); });
            add_rest(result, rest.left, tasks_, shared_, offered_);
        }
        if (options_.reporting.json) std::fputs(result_json(result, total_, before_, rest).c_str(), stdout);
        return exit_code_of(result, total_, failed_before_, shared_);
    }

    const QueueWish& wish_;
    const JobOptions& options_;
    Plan plan_;
    const RankDesk* rank_;
    QueueTasks& tasks_;
    std::uint64_t total_;
    std::optional<BlockedSignals> held_;  // of a rank, while an answer of the desk is waited for
    RunSession session_;
    std::optional<RunFolder> shared_;  // of all ranks; ours is the session's
    QueueEnds ends_;                   // of former starts
    std::vector<std::string> environment_;
    bool in_job_ = false;
    std::optional<DealtTasks> dealt_;
    std::vector<DeskClient::Offered> offered_;
    std::uint64_t before_ = 0, failed_before_ = 0, last_thousand_ = ~0ULL;
};

}  // namespace

int run_queue(const QueueWish& wish, const JobOptions& options, const Machine& machine, const Environment& environment,
              const RankDesk* rank) {
    if (machine.foreign)
        throw usage_error("commands run on the machine they are started on: --topology only plans (hlaunch plan)");
    check_folder_where_needed(options);
    if (rank != nullptr && wish.file == "-")
        throw usage_error("standard input reaches one rank alone; give the queue as a file that all can read");
    if (rank != nullptr && options.folder.fresh)
        throw usage_error("--fresh is for one machine: remove {}, or start it there once", options.folder.output);
    CommandFile file(wish.file, wish.null ? '\0' : '\n');
    const auto variables = key_variables(options.folder.key_env, environment);
    QueueTasks tasks(file, fs::current_path().string() + (variables.empty() ? "" : text_of(variables)));
    const auto total = tasks.check();
    if (total == 0) throw usage_error("{} holds no command", wish.file);
    auto plan = plan_of_placements(machine, options.placements);
    if (rank != nullptr) keep_own_placements(plan, rank->rank, true);  // commands, not samplers: they may share one
    check_tasks(plan, need_of_commands(plan.placements.size()));
    if (rank == nullptr || rank->rank.rank == 0) tell_warnings(plan, options.reporting);
    return QueueRun(wish, options, std::move(plan), environment, rank, tasks, total).run();
}

}  // namespace hlaunch
