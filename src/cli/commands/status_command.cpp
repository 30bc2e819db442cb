// hlaunch status: how a run stands, from any shell or host, while it runs and after.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "base/text/printable.h"
#include "cli/commands/commands.h"
#include "cli/output/terminal.h"
#include "os/io/keyboard.h"
#include "os/process/environment.h"
#include "os/spawn/blocked_signals.h"
#include "report/run_logs.h"
#include "report/run_status.h"
#include "report/run_status_text.h"
#include "script/scheduler/submission.h"

namespace hlaunch {
namespace {

constexpr auto redraw_interval = std::chrono::seconds(2);

struct StatusOptions {
    std::string folder;
    bool watch = false, json = false;
};

RunStatus read(const StatusOptions& options) {
    return run_status(read_run_records(options.folder));
}

std::string text_of(const RunStatus& status, bool one_screen) {
    const auto size = stdout_size();
    ScreenSize screen;
    if (size) screen = {.columns = size->columns, .rows = one_screen ? size->rows : 0};
    return run_status_text(status, Style(stdout_has_colour()), screen);
}

std::string json_of(const RunStatus& status, int indent) {
    return to_json(status).dump(indent, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

bool goes_on(const RunStatus& status) {
    return status.state == RunState::running || status.state == RunState::silent;
}

void to_screen(const std::string& text) {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
}

// Without a terminal: what has changed beyond times and usage.
std::string gist_of(const RunStatus& status) {
    std::string out(to_string(status.state));
    for (const auto& stage : status.stages)
        for (const auto& part : stage.parts) out += fmt::format(" {} {}", part.state, part.shards_done);
    return out;
}

// The other screen of the terminal, so that nothing of this one is lost.
class OtherScreen {
  public:
    OtherScreen() { to_screen("\x1b[?1049h\x1b[?25l"); }
    OtherScreen(const OtherScreen&) = delete;
    OtherScreen& operator=(const OtherScreen&) = delete;
    ~OtherScreen() { to_screen("\x1b[?25h\x1b[?1049l"); }

    static void draw(const std::string& text) {
        std::string out = "\x1b[H";
        for (const char c : text) out += c == '\n' ? std::string("\x1b[K\n") : std::string(1, c);
        to_screen(out + "\x1b[J");
    }
};

int watch_on_terminal(const StatusOptions& options) {
    auto status = read(options);
    {
        const BlockedSignals held;  // the terminal is put back whatever ends this
        Keyboard keyboard;
        const OtherScreen screen;
        for (bool left = false; !left && goes_on(status); status = read(options)) {
            screen.draw(text_of(status, true) + Style(stdout_has_colour()).dim("\nq leaves; the run goes on") + "\n");
            const auto until = std::chrono::steady_clock::now() + redraw_interval;
            while (!left && std::chrono::steady_clock::now() < until) {
                const auto key = keyboard.wait_for_key(std::chrono::milliseconds(200));
                left = held.take() > 0 || (key && (*key == 'q' || *key == '\x03' || *key == '\x1b'));
            }
        }
    }
    to_screen(text_of(status, false));
    return exit_code_of(status);
}

int watch_plainly(const StatusOptions& options) {
    std::string said;
    for (SystemClock clock;; clock.sleep(redraw_interval)) {
        const auto status = read(options);
        if (options.json) {
            to_screen(json_of(status, -1));
        } else if (const auto gist = gist_of(status); gist != said) {
            to_screen((said.empty() ? "" : "\n") + text_of(status, false));
            said = gist;
        }
        if (!goes_on(status)) return exit_code_of(status);
    }
}

// The scheduler's word of the run's jobs.
struct Jobs {
    Submission submission;
    std::vector<JobAnswer> answers;
    [[nodiscard]] bool all(JobStanding standing) const {
        return std::all_of(answers.begin(), answers.end(), [&](const auto& a) { return a.standing == standing; });
    }
};

Jobs ask_scheduler(Submission submission) {
    Jobs out{std::move(submission), {}};
    out.answers = standings(Scheduler(out.submission.scheduler, Environment::current()), out.submission);
    return out;
}

const char* name_of(JobStanding standing) {
    return standing == JobStanding::queued ? "queued" : standing == JobStanding::gone ? "gone" : "unknown";
}

std::string jobs_text(const Jobs& jobs, const std::string& folder) {
    std::string out;
    for (std::size_t i = 0; i < jobs.answers.size(); ++i) {
        const auto& [standing, words, script] = jobs.answers[i];
        const auto& job = jobs.submission.jobs[i];
        const auto told = standing == JobStanding::queued ? words
                          : standing == JobStanding::gone
                              ? "no longer in the queue" + (words.empty() ? "" : " (" + words + ")")
                              : "cannot tell: " + words;
        out += fmt::format("job {} ({}): {}\n", job.id.number.empty() ? "without an id" : job.id.number,
                           printable(job.role), told);
        if (standing != JobStanding::gone) continue;
        for (const auto& log : job_logs(folder, job.id.number)) out += fmt::format("  its log: {}\n", printable(log));
    }
    return out;
}

nlohmann::json jobs_json(const Jobs& jobs, const std::string& folder) {
    auto out = nlohmann::json::array();
    for (std::size_t i = 0; i < jobs.answers.size(); ++i) {
        const auto& job = jobs.submission.jobs[i];
        out.push_back({{"id", job.id.number},
                       {"role", job.role},
                       {"queue", jobs.answers[i].words},
                       {"standing", name_of(jobs.answers[i].standing)},
                       {"logs", job_logs(folder, job.id.number)}});
    }
    return out;
}

int show_submitted(const StatusOptions& options, Submission submission) {
    const bool nothing_ran = nothing_has_run(RunFolder{options.folder});
    RunStatus status;
    status.folder = options.folder;
    if (!nothing_ran) status = read(options);
    // Before the scheduler, which may take its time.
    if (!nothing_ran && !options.json) to_screen(text_of(status, true));
    const auto jobs = ask_scheduler(std::move(submission));
    if (nothing_ran && jobs.all(JobStanding::gone)) {
        status.state = RunState::failed;
        status.why = "the scheduler's job has ended and left nothing";
    }
    if (options.json) {
        auto json = to_json(status);
        json["jobs"] = jobs_json(jobs, options.folder);
        to_screen(json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    } else {
        to_screen((nothing_ran ? text_of(status, true) : "") + jobs_text(jobs, options.folder));
    }
    if (nothing_ran && jobs.all(JobStanding::unknown)) return static_cast<int>(ExitCode::infrastructure);
    return exit_code_of(status);
}

int show(const StatusOptions& options) {
    if (auto submission = read_submission(RunFolder{options.folder}); submission && !options.watch)
        return show_submitted(options, std::move(*submission));
    if (options.watch) return !options.json && stdout_size() ? watch_on_terminal(options) : watch_plainly(options);
    const auto status = read(options);
    to_screen(options.json ? json_of(status, 2) : text_of(status, true));
    return exit_code_of(status);
}

}  // namespace

void add_status_command(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<StatusOptions>();
    auto* command = app.add_subcommand("status", "How a run stands, from any shell or host, while it runs and after");
    command->add_option("DIR", options->folder, "the --output of the run, or a copy of it")->required();
    command->add_flag("--watch", options->watch, "again each 2 s until the run ends; q or Ctrl-C leaves");
    command->add_flag("--json", options->json, "as JSON; with --watch one line each time");
    command->footer(
        "Nothing is locked, changed or disturbed. Exit code: 0 all done and merged, or still running with nothing "
        "failed;\n"
        "1 something failed, was stopped, or whoever ran it is gone; 2 DIR is no run; 3 it cannot be read, or nothing "
        "has\n"
        "run and the scheduler does not answer.\n"
        "Examples:\n"
        "  hlaunch status results/ --watch\n"
        "  hlaunch status results/ --json | jq -r '.stages[].parts[] | [.label, .state] | @tsv'");
    command->callback([options, &exit_code] { exit_code = show(*options); });
}

}  // namespace hlaunch
