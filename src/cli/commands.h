// One function a subcommand. Each adds itself to the app with its options and a footer that shows
// an example; its callback does the work, throws Error, and leaves the process's exit code in
// exit_code.
#pragma once

namespace CLI {
class App;
}

namespace hlaunch {

void add_topo_command(CLI::App& app, int& exit_code);
void add_plan_command(CLI::App& app, int& exit_code);
void add_exec_command(CLI::App& app, int& exit_code);
void add_run_command(CLI::App& app, int& exit_code);
void add_merge_command(CLI::App& app, int& exit_code);

}  // namespace hlaunch
