#include "job/posterior_workers.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "job/identity.h"
#include "job/nlsq_fit.h"
#include "job/worker_job.h"
#include "os/file.h"

namespace hlaunch {
namespace {

PosteriorFit fit_of(const JobContext& context, const homodyne::Facts& facts) {
    PosteriorFit out;
    std::vector<std::string> problems;
    if (const auto& given = context.request.nlsq_result; !given.empty()) {
        out.folder = given;
        problems = problems_of_given_fit(given, facts.given_fit);
        out.result = homodyne::read_nlsq_result(nlohmann::json::parse(read_text(result_file_of(given))));
    } else if (auto fit = judge_nlsq(context.folder.nlsq())) {
        out.folder = context.folder.nlsq().out();
        problems = fit->problems;
        out.result = std::move(fit->result);
    } else {
        out.refused = "there is none";
    }
    if (!problems.empty() && !accepts_nlsq(context.options)) out.refused = fmt::format("{}", fmt::join(problems, "; "));
    return out;
}

// Of several workers on this node each has its own placements.
Plan own_share(Plan plan, const JobOptions& options) {
    WorkerRank rank;
    rank.local_rank = options.local_rank;
    rank.local_ranks = options.local_ranks;
    keep_own_placements(plan, rank, false);
    return plan;
}

}  // namespace

PosteriorWorkers::PosteriorWorkers(JobContext& context, const Plan& plan, const homodyne::Facts& facts,
                                   const std::string& key)
    : context_(context),
      fit_(fit_of(context, facts)),
      yaml_priors_(context.request.posterior.yaml_priors || !fit_.refused.empty()),
      informed_(facts.informed_priors),
      plan_(plan_of_density_workers(own_share(plan, context.options), facts.points)),
      began_(context.clock.now()),
      workers_(context, plan_, hash_text(key + (yaml_priors_ ? " yaml" : " homodyne"))) {
    if (!fit_.refused.empty())
        context.display.note(fmt::format("hlaunch: the NLSQ fit is a start only: {}", fit_.refused));
    workers_.prepare(fit_.refused.empty() ? fit_.folder : "", yaml_priors_);
}

double PosteriorWorkers::counted() const {
    const double twice = model().times_counted;
    return context_.request.posterior.pairs_once ? twice / 2.0 : twice;
}

std::string PosteriorWorkers::priors() const {
    if (!model().yaml_priors && informed_) return "homodyne's, made of the NLSQ fit (the data count twice)";
    return fit_.refused.empty() ? "the YAML's own" : "the YAML's own: NLSQ is not used, " + fit_.refused;
}

double PosteriorWorkers::seconds() const {
    return std::chrono::duration<double>(context_.clock.now() - began_).count();
}

}  // namespace hlaunch
