// The rungs of sample_exact(), one after the other: maxima and importance sampling (exact_ladder.cpp), then ensembles
// (exact_ensembles.cpp).
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "posterior/exact_result.h"
#include "posterior/progress.h"
#include "posterior/proposals/counted_density.h"
#include "posterior/proposals/density.h"
#include "posterior/proposals/draw_pool.h"

namespace hlaunch {

class Ladder {
  public:
    Ladder(Density& density, std::span<const Coordinate* const> coordinates, const ExactRequest& request,
           const ProgressCallback& told)
        : density_(density),
          coordinates_(coordinates),
          request_(request),
          told_(told),
          random_(request.seed, importance_stream),
          pool_(density_) {}

    ExactResult climb(const Eigen::MatrixXd& starts) {
        if (find(starts)) {
            if (!sample_by_laplace() && !sample_by_ensembles()) keep_weighted();
            share_mass();
        }
        result_.evaluations = density_.evaluations();
        result_.quadratic_evaluations = density_.quadratic_evaluations();
        result_.batches = density_.batches();
        return std::move(result_);
    }

  private:
    static constexpr std::uint64_t importance_stream = 0x69'6d70'6f72'74;

    template <typename... Values>
    void say(fmt::format_string<Values...> text, Values&&... values) {
        result_.steps.push_back(fmt::format(text, std::forward<Values>(values)...));
    }

    void tell(const char* what, double k_hat, double ess, double r_hat) const {
        if (told_) told_({what, density_.evaluations(), k_hat, ess, r_hat});
    }

    bool find(const Eigen::MatrixXd& starts);
    bool sample_by_laplace();
    bool run_importance(const char* what, const std::vector<Proposal>& candidates, double variance_k_hat);
    bool sample_by_ensembles();  // true: draws are handed back, certified or not
    [[nodiscard]] MixtureOfT wide_base(const MappedPoints& points) const;
    bool start_walkers(const MixtureOfT& base, const Coordinate& coordinate, Eigen::MatrixXd& starts,
                       Eigen::VectorXd& values);
    [[nodiscard]] MixtureOfT fitted_to(const Ensembles& ensembles, const Coordinate& coordinate) const;
    bool sample_from(const MixtureOfT& mixture, const Coordinate& coordinate, double variance_k_hat);
    bool run_ensembles(Ensembles& ensembles, Eigen::Index all, const Coordinate& coordinate);
    void hand_on(const Ensembles& ensembles, const Coordinate& coordinate);
    const Coordinate& roomiest();
    void keep_weighted();
    void share_mass();
    [[nodiscard]] Eigen::Index left() const {
        return std::max<Eigen::Index>(0, request_.most_evaluations - density_.evaluations());
    }

    CountedDensity density_;
    std::span<const Coordinate* const> coordinates_;
    const ExactRequest& request_;
    const ProgressCallback& told_;
    RandomStream random_;
    DrawPool pool_;
    SmoothedWeights weights_;
    const Coordinate* coordinate_ = nullptr;
    std::vector<Maximum> maxima_;
    ExactResult result_;
};

}  // namespace hlaunch
