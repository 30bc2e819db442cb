// hlaunch: parse, hand over to the subcommand, turn what went wrong into one line and an exit code.
#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>

#include "base/error.h"
#include "cli/commands.h"

namespace {

int complain(const std::string& line, hlaunch::ExitCode code) {
    std::fprintf(stderr, "hlaunch: %s\n", line.c_str());
    return static_cast<int>(code);
}

int run(int argc, char** argv) {
    int exit_code = 0;
    CLI::App app{
        "hlaunch: homodyne on all of a NUMA machine, one bound instance a placement, merged.",
        "hlaunch"};
    app.set_version_flag("--version", HLAUNCH_VERSION);
    app.require_subcommand(1);
    hlaunch::add_topo_command(app, exit_code);
    hlaunch::add_plan_command(app, exit_code);
    // hlaunch::add_exec_command(app, exit_code);
    // hlaunch::add_run_command(app, exit_code);
    // hlaunch::add_merge_command(app, exit_code);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
        return complain(std::string(error.what()) + "; see hlaunch --help",
                        hlaunch::ExitCode::usage);
    }
    return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const int exit_code = run(argc, argv);
        if (std::fflush(stdout) == 0) return exit_code;
        return errno == EPIPE
                   ? exit_code
                   : complain("cannot write the output", hlaunch::ExitCode::infrastructure);
    } catch (const hlaunch::Error& error) {
        return complain(error.what(), error.code());
    } catch (const std::exception& error) {
        return complain(error.what(), hlaunch::ExitCode::infrastructure);
    }
}
