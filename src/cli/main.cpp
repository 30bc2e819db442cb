// hlaunch: parse, hand over to the subcommand, turn what went wrong into one line and an exit code.
#include <CLI/CLI.hpp>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <span>

#include "base/error.h"
#include "base/text/printable.h"
#include "cli/command_line.h"
#include "cli/commands/exec_main.h"
#include "cli/unknown_words.h"
#include "os/io/standard_descriptors.h"
#include "os/reaper/reaper.h"
#include "run/stage/stage_runner.h"

namespace {

int complain(const hlaunch::Error& error) {
    std::fprintf(stderr, "hlaunch: %s\n", hlaunch::printable(error.what()).c_str());
    return static_cast<int>(error.code());
}

int run(int argc, char** argv) {
    CLI::App app;
    int exit_code = 0;
    hlaunch::add_commands(app, exit_code);
    try {
        app.parse(hlaunch::parser_arguments({argv, static_cast<std::size_t>(argc)}));
        return exit_code;
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
        throw hlaunch::usage_error("{}", hlaunch::parse_complaint(app, error));
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::span args(argv, static_cast<std::size_t>(argc));
    const std::string_view first = argc > 1 ? args[1] : "";
    if (first == "exec") return hlaunch::exec_main(args.subspan(2));  // before all else: these must be cheap
    if (first == "reaper") return hlaunch::reaper_main(args.subspan(2));
    hlaunch::occupy_standard_descriptors();
    for (const int number : {SIGPIPE, SIGXFSZ}) std::signal(number, SIG_IGN);  // errors with a remedy, not ends
    try {
        if (const int code = run(argc, argv); std::fflush(stdout) == 0 || errno == EPIPE) return code;
        return complain(hlaunch::infrastructure_error("cannot write the output"));
    } catch (const hlaunch::Error& error) {
        return complain(error);
    } catch (const hlaunch::Interrupted& interrupted) {
        return 128 + interrupted.signal;
    } catch (const std::exception& error) {
        return complain(hlaunch::infrastructure_error("{}", error.what()));
    }
}
