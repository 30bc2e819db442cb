#include "job/queue_job.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/quantity.h"
#include "job/begin_and_end.h"
#include "job/checks.h"
#include "job/identity.h"
#include "job/start.h"
#include "os/file.h"
#include "os/reaper_launcher.h"
#include "plan/plan.h"
#include "queue/queue_runner.h"
#include "queue/task_file.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

// How tasks ended at former starts. Eight bytes a task: there may be many.
class Ends {
  public:
    void note(const nlohmann::json& event) {
        if (event.value("event", "") != "end" || !event.contains("key")) return;
        const auto outcome = parse_outcome(event.value("outcome", ""));
        if (!outcome || *outcome == Outcome::stopped || event.value("again", false)) return;
        const auto key = std::strtoull(event.value("key", "0").c_str(), nullptr, 16);
        (*outcome == Outcome::done ? done_ : failed_).push_back(key);
    }
    void sort() {
        for (auto* keys : {&done_, &failed_}) {
            std::sort(keys->begin(), keys->end());
            keys->erase(std::unique(keys->begin(), keys->end()), keys->end());
        }
    }
    // After sort().
    [[nodiscard]] bool none() const { return done_.empty() && failed_.empty(); }
    [[nodiscard]] bool done(std::uint64_t key) const { return std::binary_search(done_.begin(), done_.end(), key); }
    [[nodiscard]] bool failed(std::uint64_t key) const {
        return !done(key) && std::binary_search(failed_.begin(), failed_.end(), key);
    }

  private:
    std::vector<std::uint64_t> done_, failed_;
};

// Tasks in the file's order, with their keys. Only of those that are alike is a count kept: memory does not grow with
// the file.
class Tasks {
  public:
    // where: what a task's key depends on beside its words.
    Tasks(TaskFile& file, std::string where) : file_(file), where_(std::move(where)) {}

    struct Keyed {
        QueuedTask task;
        std::uint64_t key = 0;
    };
    // Reads all, so that a bad record is told before anything is started; then begins anew. Returns how many.
    std::uint64_t check() {
        std::vector<std::uint64_t> keys;
        while (const auto task = file_.next()) keys.push_back(task_key(task->argv, where_, 0));
        std::sort(keys.begin(), keys.end());
        for (auto at = keys.begin(); (at = std::adjacent_find(at, keys.end())) != keys.end(); ++at)
            if (alike_.empty() || alike_.back().first != *at) alike_.emplace_back(*at, 0);
        rewind();
        return keys.size();
    }
    void rewind() {
        file_.rewind();
        for (auto& [key, count] : alike_) count = 0;
    }
    std::optional<Keyed> next() {
        auto task = file_.next();
        if (!task) return std::nullopt;
        auto key = task_key(task->argv, where_, 0);
        const auto alike = std::lower_bound(alike_.begin(), alike_.end(), std::pair(key, std::uint64_t{0}));
        if (alike != alike_.end() && alike->first == key) key = task_key(task->argv, where_, alike->second++);
        return Keyed{std::move(*task), key};
    }

  private:
    TaskFile& file_;
    std::string where_;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> alike_;  // key of the first, and how many came before; sorted
};

// A thousand tasks a folder: ls and backups stay usable.
std::string log_path(const RunFolder& folder, std::uint64_t number, const char* kind) {
    return fmt::format("{}/tasks/{:03}/{:06}.{}", folder.root, number / 1000, number, kind);
}

std::string text_of(const nlohmann::json& json) {
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string result_json(const QueueResult& result, std::uint64_t total, std::uint64_t before) {
    auto failures = nlohmann::json::array();
    for (const auto& failure : result.failures)
        failures.push_back(
            {{"task", failure.number}, {"outcome", std::string(to_string(failure.outcome))}, {"status", failure.text}});
    const nlohmann::json out{{"format", "hlaunch-queue"}, {"version", 1},        {"tasks", total},
                             {"done_before", before},     {"done", result.done}, {"failed", result.failed},
                             {"failures", failures}};
    return out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

// Of a former start, so that progress tells of what is left.
std::uint64_t done_before(Tasks& tasks, const Ends& ends) {
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

int run_queue(const QueueWish& wish, const JobOptions& options, const Machine& machine,
              const Environment& environment) {
    if (machine.foreign)
        throw usage_error("commands run on the machine they are started on: --topology only plans (hlaunch plan)");
    check_folder_where_needed(options);
    TaskFile file(wish.file, wish.null ? '\0' : '\n');
    const auto variables = key_variables(options.key_env, environment);
    Tasks tasks(file, fs::current_path().string() + (variables.empty() ? "" : text_of(variables)));
    const auto total = tasks.check();
    if (total == 0) throw usage_error("{} holds no command", wish.file);
    const auto plan = plan_of_placements(machine, options.placements);
    SystemClock clock;
    std::optional<RunFolder> folder;
    std::optional<JournalFile> journal;
    ProgressDisplay display(
        ProgressDisplay::style_for(isatty(STDERR_FILENO) == 1, options.quiet || options.output.empty()));
    std::unique_ptr<RunFeed> feed;
    Ends ends;
    if (!options.output.empty()) {
        folder.emplace(RunFolder{check_output(options)});
        journal.emplace(
            folder->journal(), clock, options.fresh ? JournalFile::Start::over : JournalFile::Start::resume,
            [&](const nlohmann::json& event) {
                refuse_another_kind(event, "queue", options.output);
                ends.note(event);
            },
            [&](const std::string& text) { display.note(text); });
        ends.sort();
        if (options.fresh) forget_former_run(*folder);
        settle_former_start(*folder, *journal, display);
        feed = start_feed(options, *folder, clock, *journal);
        journal->append({{"event", "queue"}, {"tasks", total}});
        write_atomically(folder->plan(),
                         to_json(plan).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    }
    std::uint64_t before = 0, failed_before = 0, last_folder = ~0ULL;
    auto own = environment;
    if (folder) own.set(run_folder_variable, folder->root);
    own.unset("HLAUNCH_TASK_NUMBER");  // where a task is a queue itself
    const auto env = own.list();
    const auto source = [&]() -> std::optional<QueueItem> {
        for (;;) {
            auto next = tasks.next();
            if (!next) return std::nullopt;
            if (ends.done(next->key)) {
                ++before;
                continue;
            }
            if (ends.failed(next->key) && !wish.retry_failed) {
                ++failed_before;
                continue;
            }
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
                    ensure_directory(fs::path(log_path(*folder, item.number, "out")).parent_path());
                    last_folder = thousand;
                }
                item.spec.stdout_path = log_path(*folder, item.number, "out");
                item.spec.stderr_path = log_path(*folder, item.number, "err");
            }
            return item;
        }
    };
    std::vector<Binding> slots;
    for (const auto& placement : plan.placements)
        slots.push_back({.cpus = placement.cpus, .mems = placement.mems, .policy = placement.mem_policy});
    ReaperLauncher launcher(journal ? journal->receipts() : -1);
    auto deadline = deadline_of(options, clock);
    QueueRunner runner(clock, launcher, journal ? &*journal : nullptr, display, deadline,
                       rules_of(options, folder ? folder->root : ""), feed.get());
    return run_to_its_end({journal ? &*journal : nullptr, feed.get(), display}, [&] {
        const auto result = runner.run(slots, total - done_before(tasks, ends), source);
        if (options.json) std::fputs(result_json(result, total, before).c_str(), stdout);
        return exit_code_of(result, total, failed_before, folder);
    });
}

}  // namespace hlaunch
