// hlaunch stop: ends a run from another shell, or from another host through the run folder.
#include <sys/stat.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "base/clock.h"
#include "base/error.h"
#include "base/text/printable.h"
#include "base/text/quantity.h"
#include "cli/commands/commands.h"
#include "os/files/file.h"
#include "os/process/environment.h"
#include "os/process/process_handle.h"
#include "plan/run_folder.h"
#include "report/run_status.h"
#include "report/worker_records.h"
#include "run/watch/stop_file.h"
#include "script/scheduler/submission.h"

namespace hlaunch {
namespace {

// From the signal on: the reapers' grace, then records and journal.
constexpr auto beyond_grace = std::chrono::seconds(10);
constexpr auto between_signals = std::chrono::milliseconds(500);

struct StopOptions {
    std::string folder;  // as typed
    std::string place;   // the folder itself: nothing in it is reached through a link
    bool kill = false, wait = false;
};

void say(const std::string& line) {
    std::puts(line.c_str());
    std::fflush(stdout);
}

int tell_end(const StopOptions& options) {
    const auto status = run_status(read_run_records(options.folder));
    if (status.state == RunState::running || status.state == RunState::silent)
        throw failure("{} still runs (pid {} on {}); end it at once with hlaunch stop --kill",
                      printable(options.folder), status.pid, printable(status.host));
    say(fmt::format("ended: {} after {}{}", to_string(status.state), format_duration(status.elapsed_s),
                    status.state == RunState::done ? "" : "; the same command again does the rest"));
    return 0;
}

Clock::Duration patience(const RunPulse& pulse) {
    const double grace_s = pulse.live ? pulse.live->grace_s : 30.0;
    return std::chrono::duration_cast<Clock::Duration>(std::chrono::duration<double>(grace_s)) + beyond_grace;
}

// Anybody can write a pid into a file of their own folder.
int stop_here(const StopOptions& options, const RunPulse& pulse) {
    if (!pulse.writer || !is_hlaunch_of(*pulse.owner, *pulse.writer))
        throw usage_error(
            "{} names process {}, which is no hlaunch of the user who wrote that: nothing is signalled; look at it "
            "with ps, and remove journal.jsonl.lock and status.json where they are not yours",
            printable(options.folder), pulse.owner->pid);
    const auto process = ProcessHandle::open(pulse.owner->pid, pulse.owner->start_ticks);
    if (!process || !process->signal(SIGTERM)) {
        say(fmt::format("nothing runs in {}", printable(options.folder)));
        return 0;
    }
    process->signal(SIGCONT);  // one that was stopped would not hear it
    // A second signal that comes before the first was read would be lost in it.
    if (options.kill && !process->wait_for_end(between_signals)) process->signal(SIGTERM);
    say(fmt::format("{} (pid {})", options.kill ? "killed what runs under hlaunch" : "asked hlaunch to stop",
                    pulse.owner->pid));
    if (!options.wait) return 0;
    static_cast<void>(process->wait_for_end(patience(pulse)));
    return tell_end(options);
}

// Waits until the file is taken (the runner looks each second; a network file system shows it later).
bool is_taken(const std::string& file, SystemClock& clock) {
    constexpr int seconds = 60;
    for (int i = 0; i < 5 * seconds; ++i) {
        std::error_code failed;
        if (!std::filesystem::exists(std::filesystem::symlink_status(file, failed))) return true;
        clock.sleep(std::chrono::milliseconds(200));
    }
    return false;
}

int stop_elsewhere(const StopOptions& options, const RunPulse& pulse) {
    const auto file = RunFolder{options.place}.stop();
    SystemClock clock;
    leave_stop_file(file);
    say(fmt::format("asked hlaunch on {} (pid {}) to stop: it looks for {} each second", printable(pulse.owner->host),
                    pulse.owner->pid, printable(file)));
    if (options.kill && is_taken(file, clock)) leave_stop_file(file);
    if (!options.wait) return 0;
    const auto until = clock.now() + patience(pulse);
    while (clock.now() < until && read_pulse(options.folder).going_on()) clock.sleep(std::chrono::milliseconds(500));
    return tell_end(options);
}

int stop_one(const StopOptions& options, const RunPulse& pulse) {
    return pulse.state == OwnerState::alive ? stop_here(options, pulse) : stop_elsewhere(options, pulse);
}

// Those that no scheduler cancels: of mpirun, or started by hand. Whether there were any.
bool stop_workers(const StopOptions& options, int& code) {
    bool any = false;
    const RunFolder run{options.folder};
    for (const auto& worker : worker_records(run)) {
        auto one = options;
        one.folder = run.worker(worker.name);
        one.place = RunFolder{options.place}.worker(worker.name);
        const auto pulse = read_pulse(one.folder);
        if (!pulse.going_on()) continue;
        any = true;
        say(fmt::format("worker {} on {}:", worker.name, printable(pulse.owner->host)));
        code = std::max(code, stop_one(one, pulse));
    }
    return any;
}

// What a folder of somebody else says (a pid, a job's id, a link) is not the caller's word. A run that the caller has
// started in a colleague's folder is theirs by its lock.
void refuse_foreign(const std::string& folder) {
    struct stat status {};
    struct stat lock {};
    if (::stat(folder.c_str(), &status) != 0 || status.st_uid == ::geteuid()) return;
    if (::lstat(RunFolder{folder}.lock().c_str(), &lock) == 0 && S_ISREG(lock.st_mode) && lock.st_uid == ::geteuid())
        return;
    throw usage_error("{} belongs to user {}: only they can stop what runs in it; ask them{}", printable(folder),
                      status.st_uid, ::geteuid() == 0 ? ", or become that user (setpriv, su)" : "");
}

int stop(StopOptions options) {
    options.place = canonical_path(options.folder).string();
    refuse_foreign(options.folder);
    const auto submission = read_own_submission(RunFolder{options.place});
    if (!submission) check_is_run(options.folder);
    const auto cancelled =
        submission ? cancel(Scheduler(submission->scheduler, Environment::current()), *submission) : Cancelled();
    for (const auto& id : cancelled.asked) say(fmt::format("asked the scheduler to cancel job {}", id));
    int code = 0;
    for (const auto& problem : cancelled.problems) {
        fmt::print(stderr, "hlaunch: {}\n", problem);
        code = static_cast<int>(ExitCode::infrastructure);
    }
    // A second signal would take their grace away.
    const bool asked = !cancelled.asked.empty() || stop_workers(options, code);
    if (submission && !std::filesystem::exists(RunFolder{options.folder}.journal())) {
        if (!asked && code == 0) say(fmt::format("nothing runs in {}", printable(options.folder)));
        return code;
    }
    const auto pulse = read_pulse(options.folder);
    if (!pulse.going_on() && asked) return code;
    if (!pulse.going_on()) {
        const bool copied = pulse.owner && pulse.state == OwnerState::copied;
        say(fmt::format("nothing runs in {}{}", printable(options.folder), copied ? ": it is a copy" : ""));
        return 0;
    }
    return std::max(code, stop_one(options, pulse));
}

}  // namespace

void add_stop_command(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<StopOptions>();
    auto* command =
        app.add_subcommand("stop", "End a run in order, from another shell or host; what is captured is kept");
    command->add_option("DIR", options->folder, "the --output of the run")->required();
    command->add_flag("--kill", options->kill, "without its grace: SIGKILL to all it has started");
    command->add_flag("--wait", options->wait, "until it has ended, and tell how");
    command->footer(
        "The run ends as on SIGTERM, with exit code 143; the same command again does the rest. Exit code: 0 asked, or\n"
        "nothing runs; 1 with --wait, it still runs; 2 DIR is no run; 3 it may not be signalled, or a job of the\n"
        "scheduler could not be cancelled.\n"
        "Example: hlaunch stop results/ --wait");
    command->callback([options, &exit_code] { exit_code = stop(*options); });
}

}  // namespace hlaunch
