// The stages of a campaign: check (what is in the data), fit (NLSQ), then sample (CMC, by an hlaunch of its own in the
// placement) or posterior (exact, in the process that has fitted). Each is many instances that go to whichever
// placement is free, the longest first.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "job/campaign/over_ranks.h"
#include "job/campaign/posteriors.h"
#include "job/campaign/scans.h"
#include "job/session/context.h"
#include "os/reaper/served_launcher.h"
#include "plan/plan.h"

namespace hlaunch {

// One-core placements are right for fits, and wrong for CMC.
struct CampaignPlans {
    Plan fits, sampling;
};

class CampaignStages {
  public:
    // All outlive this object. known_version: its hooks can keep the application for several analyses. rank: one of
    // several that share the scans, null: this is the only one.
    CampaignStages(JobContext& context, const CampaignPlans& plans, const CampaignWish& wish,
                   std::vector<CampaignScan>& scans, bool known_version, const CampaignRank* rank);

    // Of each result that was found good, while others still run.
    void on_result(std::function<void()> tell) { tell_result_ = std::move(tell); }

    // Each brings the scans' rows up to date, also where it throws: Interrupted, or failure at the time limit.
    void check();
    void fit();
    void sample();
    void posterior();

  private:
    using Make = StageInstance (CampaignStages::*)(CampaignScan&, unsigned placement) const;

    void start_warm();

    [[nodiscard]] bool is_over(const CampaignScan& scan) const;
    [[nodiscard]] StageInstance survey_of(CampaignScan& scan, unsigned placement) const;
    [[nodiscard]] StageInstance fit_of(CampaignScan& scan, unsigned placement) const;
    [[nodiscard]] StageInstance fit_on_all_of(CampaignScan& scan, unsigned placement) const;
    [[nodiscard]] StageInstance fit_in(const Plan& plan, CampaignScan& scan, unsigned placement) const;
    void fit_large(const std::vector<CampaignScan*>& scans);
    [[nodiscard]] StageInstance sampling_of(CampaignScan& scan, unsigned placement) const;
    [[nodiscard]] StageInstance posterior_of(CampaignScan& scan, unsigned placement) const;
    [[nodiscard]] std::optional<Outcome> judge_exact(CampaignScan& scan, Outcome outcome,
                                                     const ExitStatus& status) const;
    [[nodiscard]] std::optional<Outcome> judge(CampaignScan& scan, const std::string& stage, Outcome outcome,
                                               const ExitStatus& status) const;
    [[nodiscard]] std::optional<Outcome> unfit(CampaignScan& scan, const std::string& stage, Outcome outcome,
                                               const std::string& why) const;
    [[nodiscard]] PartFolder folder_of(const CampaignScan& scan, const std::string& stage) const;
    void run(const std::string& stage, const std::vector<CampaignScan*>& scans, Launcher& launcher, Make make);
    void run_here(const std::string& stage, const Plan& plan, const std::vector<CampaignScan*>& scans,
                  Launcher& launcher, Make make);
    [[nodiscard]] std::vector<CampaignScan*> to_be_run(const std::string& stage,
                                                       const std::vector<std::uint64_t>& share);
    [[nodiscard]] bool facts_arrive(CampaignScan& scan) const;
    void await_former_sampling(const CampaignScan& scan) const;
    [[nodiscard]] const Plan& plan_of(const std::string& stage) const {
        return stage == "sample" ? sampling_plan_ : plan_;
    }
    [[nodiscard]] bool only_helps() const { return rank_ != nullptr && !rank_->first(); }  // rank 0 keeps the rows
    [[nodiscard]] Launcher& warm_or_cold() { return warm_ ? static_cast<Launcher&>(*warm_) : context_.launcher; }

    JobContext& context_;
    const Plan& plan_;
    const Plan& sampling_plan_;
    const Plan whole_;  // for a fit that no placement has the memory for
    const CampaignWish& wish_;
    std::vector<CampaignScan>& scans_;
    bool known_version_;
    const CampaignRank* rank_;
    std::function<void()> tell_result_;
    std::unique_ptr<ServedLauncher> warm_;  // none where the version is not known
    std::unique_ptr<CampaignPosteriors> posteriors_;
};

}  // namespace hlaunch
