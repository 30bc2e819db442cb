// hlaunch logs: what the instances of a run have written, raw and complete.
#include <CLI/CLI.hpp>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/clock.h"
#include "base/error.h"
#include "base/text/printable.h"
#include "cli/commands/commands.h"
#include "os/files/tail_file.h"
#include "report/run_logs.h"
#include "report/run_records.h"
#include "script/scheduler/submission.h"

namespace hlaunch {
namespace {

constexpr auto poll_interval = std::chrono::milliseconds(200);
constexpr std::size_t longest_kept_line = 65536;

struct LogsOptions {
    std::string folder;
    LogChoice choice;
    bool follow = false, only_output = false, only_error = false;
};

// Anybody's program has written it: on a terminal nothing but lines and tabs steers. Elsewhere it stays as it is.
std::string for_screen(std::string_view bytes) {
    std::string out(bytes);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto byte = static_cast<unsigned char>(out[i]);
        const auto next = i + 1 < out.size() ? static_cast<unsigned char>(out[i + 1]) : 0U;
        if ((byte < 0x20 && byte != '\n' && byte != '\t' && byte != '\r') || byte == 0x7f) out[i] = '?';
        if (byte == 0xc2 && next >= 0x80 && next < 0xa0) out[i] = out[i + 1] = '?';  // C1: ESC [ in one byte
    }
    return out;
}

// All of it, whatever takes how much at a time. False: the reader went away.
bool put(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0 && errno == EPIPE) return false;
        if (written < 0) throw infrastructure_error("cannot write the output: {}", std::strerror(errno));
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

// Of several files each says which one it is.
class Output {
  public:
    explicit Output(bool headers) : headers_(headers) {}

    bool take(const std::string& label, std::string_view bytes) {
        if (headers_ && label != last_) {
            const bool first = last_.empty();
            last_ = label;
            if (!put(fmt::format("{}==> {} <==\n", first ? "" : in_line_ ? "\n\n" : "\n", printable(label))))
                return false;
        }
        if (!bytes.empty()) in_line_ = bytes.back() != '\n';
        return is_terminal_ ? put(for_screen(bytes)) : put(bytes);
    }

  private:
    bool headers_, in_line_ = false, is_terminal_ = ::isatty(STDOUT_FILENO) == 1;
    std::string last_;
};

int print_all(const std::vector<LogFile>& logs) {
    Output out(logs.size() > 1);
    for (const auto& log : logs) {
        TailFile file(log.path);
        std::error_code failed;
        if (logs.size() > 1 && std::filesystem::exists(log.path, failed) && !out.take(log.label, "")) return 0;
        for (auto text = file.read_more(); !text.empty(); text = file.read_more())
            if (!out.take(log.label, text)) return 0;
    }
    return 0;
}

class Following {
  public:
    explicit Following(const LogsOptions& options) : options_(options) {}

    // New lines until nothing more can come.
    int run() {
        SystemClock clock;
        for (bool going_on = true; going_on; clock.sleep(poll_interval)) {
            // Asked before reading: what was written until then is read after it.
            going_on = read_pulse(options_.folder).going_on();
            look_for_files();
            for (auto& one : files_)
                if (!pass_on(one, !going_on)) return 0;
        }
        return 0;
    }

  private:
    struct One {
        std::string label;
        TailFile file;
        std::string begun;  // of a line whose end is not there yet
    };

    void look_for_files() {
        std::vector<LogFile> logs;
        try {
            logs = find_logs(options_.folder, options_.choice);
        } catch (const Error&) {
            return;  // the part is not started yet
        }
        for (auto& log : logs) {
            const bool known =
                std::any_of(files_.begin(), files_.end(), [&](const auto& f) { return f.label == log.label; });
            if (!known) files_.push_back({log.label, TailFile(log.path), {}});
        }
        const bool headers = files_.size() > 1;
        if (headers && !headers_) out_ = Output(true);
        headers_ = headers;
    }

    // Lines of several files do not run into each other: each is passed on when it is whole.
    bool pass_on(One& one, bool last) {
        for (auto text = one.file.read_more(); !text.empty(); text = one.file.read_more()) {
            one.begun += text;
            const auto end = one.begun.rfind('\n');
            auto length = end == std::string::npos ? 0 : end + 1;
            if (!headers_ || one.begun.size() - length > longest_kept_line) length = one.begun.size();
            if (length > 0 && !out_.take(one.label, std::string_view(one.begun).substr(0, length))) return false;
            one.begun.erase(0, length);
        }
        return !last || one.begun.empty() || out_.take(one.label, one.begun);
    }

    const LogsOptions& options_;
    std::vector<One> files_;
    Output out_{false};
    bool headers_ = false;
};

// Where a scheduler has it and nothing has run yet.
std::vector<LogFile> logs_of_jobs(const std::string& folder) {
    std::vector<LogFile> out;
    const RunFolder run{folder};
    if (!nothing_has_run(run)) return out;
    const auto submission = read_submission(run);
    for (const auto& job : submission ? submission->jobs : std::vector<SubmittedJob>())
        for (const auto& path : job_logs(folder, job.id.number))
            out.push_back({std::filesystem::path(path).filename().string(), path});
    return out;
}

int show(const LogsOptions& given) {
    auto options = given;
    // A job that died before anything ran has left its own log alone.
    if (const auto logs = options.choice.part.empty() ? logs_of_jobs(options.folder) : std::vector<LogFile>();
        !logs.empty())
        return print_all(logs);
    check_is_run(options.folder);
    options.choice.standard_output = !options.only_error || options.only_output;
    options.choice.standard_error = !options.only_output || options.only_error;
    if (!options.follow) return print_all(find_logs(options.folder, options.choice));
    if (!read_pulse(options.folder).going_on()) return print_all(find_logs(options.folder, options.choice));
    return Following(options).run();
}

}  // namespace

void add_logs_command(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<LogsOptions>();
    auto* command =
        app.add_subcommand("logs", "What the instances of a run have written, complete; raw where it is piped");
    command->add_option("DIR", options->folder, "the --output of the run, or a copy of it")->required();
    command->add_option(
        "PART", options->choice.part,
        "a number (of a queue: of a task), survey, nlsq or evaluate; otherwise all, each with its name");
    command->add_flag("-f,--follow", options->follow, "go on with what comes until the run ends");
    command->add_flag("--stdout", options->only_output, "standard output alone");
    command->add_flag("--stderr", options->only_error, "standard error alone");
    command->add_flag("--all", options->choice.earlier, "also the logs of earlier starts (stderr.log.1, ...)");
    command->footer(
        "Examples:\n"
        "  hlaunch logs results/ 3 --stderr\n"
        "  hlaunch logs results/ -f");
    command->callback([options, &exit_code] { exit_code = show(*options); });
}

}  // namespace hlaunch
