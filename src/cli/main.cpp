// hlaunch: parse, hand over to the subcommand, turn what went wrong into one line and an exit code.
#include <CLI/CLI.hpp>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <span>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/exec_main.h"
#include "os/reaper.h"
#include "os/standard_descriptors.h"
#include "run/stage_runner.h"

namespace {

int complain(const std::string& line, hlaunch::ExitCode code) {
    return std::fprintf(stderr, "hlaunch: %s\n", line.c_str()), static_cast<int>(code);
}

int run(int argc, char** argv) {
    int exit_code = 0;
    CLI::App app{"hlaunch: homodyne on all of a NUMA machine, one bound instance a placement, merged.", "hlaunch"};
    app.set_version_flag("--version", HLAUNCH_VERSION);
    app.require_subcommand(1);
    app.footer("Example: hlaunch --mode cmc-hpc --config config.yaml --output results/   (as hlaunch run ...)");
    hlaunch::add_commands(app, exit_code);
    try {
        app.parse(hlaunch::parser_arguments({argv, static_cast<std::size_t>(argc)}));
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
        return complain(std::string(error.what()) + "; see hlaunch --help", hlaunch::ExitCode::usage);
    }
    return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
    const std::span args(argv, static_cast<std::size_t>(argc));
    const std::string_view first = argc > 1 ? args[1] : "";  // looked at before all else: these must be cheap
    if (first == "exec") return hlaunch::exec_main(args.subspan(2));
    if (first == "reaper") return hlaunch::reaper_main(args.subspan(2));
    hlaunch::occupy_standard_descriptors();
    // A reader that went away must not end the run; a file size limit is an error with a remedy, not a signal.
    for (const int number : {SIGPIPE, SIGXFSZ}) std::signal(number, SIG_IGN);
    try {
        if (const int code = run(argc, argv); std::fflush(stdout) == 0 || errno == EPIPE) return code;
        return complain("cannot write the output", hlaunch::ExitCode::infrastructure);
    } catch (const hlaunch::Error& error) {
        return complain(error.what(), error.code());
    } catch (const hlaunch::Interrupted& interrupted) {
        return 128 + interrupted.signal;
    } catch (const std::exception& error) {
        return complain(error.what(), hlaunch::ExitCode::infrastructure);
    }
}
