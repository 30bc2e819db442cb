// Rounds of one scan's exact posterior in a campaign: all of its points are with the one process that is kept in its
// placement, between the surveys and fits of others.
#pragma once

#include <string>

#include "job/rounds/round_runner.h"
#include "os/reaper/rounds_launcher.h"

namespace hlaunch {

class ScanRounds final : public RoundRunner {
  public:
    // For the thread of a task. spec: of an instance whose task file is at task_path. again: how often a round is asked
    // anew of a process that took the place of one that was killed. cache: of homodyne, which that may have torn.
    ScanRounds(Rounds& rounds, TreeSpec spec, std::string task_path, std::string cache, unsigned again);

    [[nodiscard]] unsigned processes() const override { return 1; }
    // Throws RoundsCut, and RoundFailed with the end of the last try.
    void run_round(const Requests& requests) override;
    // The process keeps nothing of the scan.
    void forget();

  private:
    void run(const nlohmann::json& request);

    Rounds& rounds_;
    TreeSpec spec_;
    std::string task_path_, cache_;
    unsigned again_;
};

}  // namespace hlaunch
