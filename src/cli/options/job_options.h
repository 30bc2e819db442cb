// The options of the main job, which run, plan and estimate share, with settings files and variables behind them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options/placement_options.h"
#include "cli/options/settings.h"
#include "job/request/options.h"

namespace hlaunch {

class JobCommandOptions {
  public:
    // Each includes the one before; this object must outlive the app's parsing.
    void add_survey_options_to(CLI::App& app);    // which homodyne, which placements
    void add_plan_options_to(CLI::App& app);      // which analysis, how it is split
    void add_tune_options_to(CLI::App& app);      // survey's, --nlsq-result and --accept
    void add_run_options_to(CLI::App& app);       // what only matters while it runs
    void add_queue_options_to(CLI::App& app);     // of any commands: output, limits, placements
    void add_campaign_options_to(CLI::App& app);  // the main job's, but for config, shards and profiling
    void add_warm_options_to(CLI::App& app);      // the first, and what else decides which code is compiled

    // Command line, else HLAUNCH_* (both by CLI11), else the settings files. Throws usage Error.
    [[nodiscard]] JobOptions resolve(const CLI::App& app) const;
    [[nodiscard]] JobOptions resolve(const CLI::App& app, const Settings& settings) const;

    // Each setting that a file or variable can give: option, value in force, where it came from.
    struct Explained {
        std::string option, value, source;
    };
    [[nodiscard]] std::vector<Explained> explain(const CLI::App& app, const Settings& settings) const;

    PlacementOptions placement;
    std::string config, output;

  private:
    void add_split_options_to(CLI::App& app);
    void add_limit_options_to(CLI::App& app);
    void add_priors_option_to(CLI::App& app);
    void add_posterior_options_to(CLI::App& app);

    void check_times(const CLI::App& app, const Settings& settings, const JobOptions& options) const;

    std::string app_command_;
    std::string split_ = "shards", hooks_ = "on", jit_cache_ = "shared";
    std::string nlsq_result_;
    std::optional<unsigned> num_workers_;
    std::vector<std::string> accepted_, key_env_;
    double grace_s_ = 30.0;
    std::string jit_cache_size_, retries_, instance_limit_, time_limit_, lead_, json_events_;
    std::string stage_file_;
    std::string posterior_ = "auto", pairs_ = "twice", prior_source_ = "homodyne";
    double effective_draws_ = 2000.0;
    bool profile_ = false, tracemalloc_ = false, no_learned_ = false, private_ = false;
    bool keep_lost_priors_ = false, keep_stratification_ = false, plots_ = false, fresh_ = false, quiet_ = false,
         json_ = false;
};

}  // namespace hlaunch
