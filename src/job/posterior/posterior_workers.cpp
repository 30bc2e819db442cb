#include "job/posterior/posterior_workers.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "job/request/content_hash.h"

namespace hlaunch {

PosteriorWorkers::PosteriorWorkers(RoundRunner& runner, Clock& clock, PosteriorTask task, RoundSharing sharing)
    : runner_(runner),
      clock_(clock),
      task_(std::move(task)),
      yaml_priors_(task_.wish.yaml_priors || !task_.fit.refused.empty()),
      began_(clock.now()),
      workers_(runner, clock, task_.folder, hash_text(task_.key + (yaml_priors_ ? " yaml" : " homodyne")),
               std::move(sharing)) {
    const auto& fit = task_.fit;
    if (!fit.refused.empty()) task_.tell(fmt::format("hlaunch: the NLSQ fit is a start only: {}", fit.refused));
    workers_.prepare(task_.config, fit.refused.empty() ? fit.folder : "", yaml_priors_);
}

double PosteriorWorkers::counted() const {
    const double twice = model().times_counted;
    return task_.wish.pairs_once ? twice / 2.0 : twice;
}

std::string PosteriorWorkers::priors() const {
    if (!model().yaml_priors && model().informed_priors)
        return "homodyne's, made of the NLSQ fit (the data count twice)";
    const auto& refused = task_.fit.refused;
    return refused.empty() ? "the YAML's own" : "the YAML's own: NLSQ is not used, " + refused;
}

double PosteriorWorkers::seconds() const {
    return std::chrono::duration<double>(clock_.now() - began_).count();
}

}  // namespace hlaunch
