// The options of the main job, which run and plan share, with settings files and variables behind them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/placement_options.h"
#include "job/options.h"

namespace hlaunch {

class JobCommandOptions {
  public:
    void add_to(CLI::App& app);  // this object must outlive the app's parsing

    // Command line, else HLAUNCH_* (both by CLI11), else the settings files. Throws usage Error.
    [[nodiscard]] JobOptions resolve(const CLI::App& app) const;

    // Each setting that a file or variable can give: option, value in force, where it came from.
    struct Explained {
        std::string option, value, source;
    };
    [[nodiscard]] std::vector<Explained> explain(const CLI::App& app) const;

    PlacementOptions placement;
    std::string config, output;

  private:
    std::string app_command_;
    std::string split_ = "shards", hooks_ = "on";
    std::string nlsq_result_;
    std::optional<unsigned> num_workers_;
    std::vector<std::string> accepted_;
    double grace_s_ = 10.0;
    bool keep_lost_priors_ = false, plots_ = false, fresh_ = false, quiet_ = false, json_ = false;
};

}  // namespace hlaunch
