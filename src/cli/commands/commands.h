// One function a subcommand. Each adds itself to the app with its options and a footer that shows an
// example; its callback does the work, throws Error, and leaves the process's exit code in exit_code.
#pragma once

namespace CLI {
class App;
}

namespace hlaunch {

void add_topo_command(CLI::App& app, int& exit_code);
void add_plan_command(CLI::App& app, int& exit_code);
void add_run_command(CLI::App& app, int& exit_code);
void add_merge_command(CLI::App& app, int& exit_code);
void add_config_xla_command(CLI::App& app, int& exit_code);
void add_estimate_command(CLI::App& app, int& exit_code);
void add_check_command(CLI::App& app, int& exit_code);
void add_cache_command(CLI::App& app, int& exit_code);
void add_tune_command(CLI::App& app, int& exit_code);
void add_campaign_command(CLI::App& app, int& exit_code);
void add_simulate_command(CLI::App& app, int& exit_code);
void add_queue_command(CLI::App& app, int& exit_code);
void add_status_command(CLI::App& app, int& exit_code);
void add_logs_command(CLI::App& app, int& exit_code);
void add_stop_command(CLI::App& app, int& exit_code);
void add_script_command(CLI::App& app, int& exit_code);
void add_submit_command(CLI::App& app, int& exit_code);
void add_worker_command(CLI::App& app, int& exit_code);
void add_compare_command(CLI::App& app, int& exit_code);
// exec is handled before the parser (exec_main.h): this only lists it in --help.
void describe_exec_command(CLI::App& app, int& exit_code);

}  // namespace hlaunch
