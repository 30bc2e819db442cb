#include <CLI/CLI.hpp>
#include <iostream>

#include "base/error.h"
#include "cli/commands.h"

int main(int argc, char** argv) {
    CLI::App app("hlaunch");
    int exit_code = 0;
    hlaunch::add_merge_command(app, exit_code);
    try {
        app.parse(argc, argv);
        return exit_code;
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : static_cast<int>(hlaunch::ExitCode::usage);
    } catch (const hlaunch::Error& error) {
        std::cerr << "hlaunch: " << error.what() << '\n';
        return static_cast<int>(error.code());
    }
}
