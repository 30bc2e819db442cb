// Exact posteriors of a campaign: each scan's in the process that is kept in a placement, a thread of ours asking it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "job/campaign/scans.h"
#include "job/session/context.h"
#include "os/reaper/rounds_launcher.h"
#include "plan/plan.h"

namespace hlaunch {

// What decides a scan's posterior beside the scan: options, and the hash of its fit ("" where there is none).
[[nodiscard]] std::string identity_of_posterior(const CampaignScan& scan, const std::string& fit_hash);
// Whether what is in the folder is of that identity.
[[nodiscard]] bool is_posterior_of(const PartFolder& posterior, const std::string& identity);

class CampaignPosteriors {
  public:
    // kept: of processes that serve densities. All outlive this object.
    CampaignPosteriors(JobContext& context, const Plan& plan, Launcher& kept);

    [[nodiscard]] Launcher& launcher() { return launcher_; }
    // For the next start in this slot. What a former start drawn of another fit or with other options goes.
    [[nodiscard]] StageInstance instance(const CampaignScan& scan, unsigned placement);
    // Of the scan that ended; empty: no word beside its logs.
    [[nodiscard]] std::string why(const CampaignScan& scan) const;
    // What was only for the sampler goes.
    void tidy(const CampaignScan& scan) const;

  private:
    struct Job;
    [[nodiscard]] RoundsLauncher::Work work_in(unsigned slot, const TreeSpec& spec) const;

    JobContext& context_;
    const Plan& plan_;
    std::map<unsigned, std::shared_ptr<Job>> jobs_;  // by placement, the latest
    std::map<std::string, std::shared_ptr<Job>> jobs_by_scan_;
    RoundsLauncher launcher_;  // ends before what its threads use
};

}  // namespace hlaunch
