// Draws from several proposals, all weighed by the mixture of all of them (deterministic mixture: Veach and Guibas
// 1995; Cornuet, Marin, Mira, Robert 2012). Densities of proposals are taken in the sampling coordinate x, by the
// Jacobian of the coordinate a proposal lives in; so proposals in different coordinates mix.
#pragma once

#include <Eigen/Dense>
#include <vector>

#include "merge/parametrisation.h"
#include "posterior/proposals/density.h"
#include "posterior/proposals/psis.h"
#include "posterior/proposals/student_t.h"

namespace hlaunch {

struct Proposal {
    const Coordinate* coordinate = nullptr;  // outlives the pool
    MixtureOfT mixture;                      // in that coordinate
};

// Points in another coordinate. Where the map is not defined, log_slope is NaN and the row of u is zero.
struct MappedPoints {
    Eigen::MatrixXd u;
    Eigen::VectorXd log_slope;  // log |det du/dx|
};
// log |det|, by LU.
[[nodiscard]] double log_abs_determinant(const Eigen::MatrixXd& matrix);
[[nodiscard]] MappedPoints map_points(const Coordinate& coordinate, const Eigen::MatrixXd& x);

// x of each row of u, in order, those without an inverse (or whose inverse does not lead back) left out. `kept`: which.
[[nodiscard]] Eigen::MatrixXd invert_points(const Coordinate& coordinate, const Eigen::MatrixXd& u,
                                            std::vector<Eigen::Index>& kept);

// The largest k-hat, over the columns of x, of the weights times the squared distance from the weighted mean: whether
// variances can be trusted, too. Rows without a finite log ratio, and as many more as make up `drawn`, are draws of
// weight zero.
[[nodiscard]] double k_hat_of_variances(const Eigen::MatrixXd& x, const Eigen::VectorXd& log_ratio,
                                        const SmoothedWeights& weights, Eigen::Index drawn);

class DrawPool {
  public:
    explicit DrawPool(Density& density) : density_(&density) {}

    // One batch of evaluations. Draws without an inverse are not evaluated; they and those without density count as
    // draws of weight zero and are not kept.
    void add_round(const Proposal& proposal, Eigen::Index count, RandomStream& random);

    [[nodiscard]] Eigen::Index drawn() const { return drawn_; }
    [[nodiscard]] Eigen::Index rounds() const { return static_cast<Eigen::Index>(proposals_.size()); }
    [[nodiscard]] Eigen::Index without_inverse() const { return without_inverse_; }
    [[nodiscard]] Eigen::Index kept() const { return x_.rows(); }
    [[nodiscard]] const Eigen::MatrixXd& x() const { return x_; }
    [[nodiscard]] const Eigen::VectorXd& log_density() const { return log_density_; }
    [[nodiscard]] const MappedPoints& mapped(const Coordinate& coordinate) const;  // a coordinate of some proposal
    // Of the kept draws: density over the mixture's. The mean of their exponentials over drawn() is the evidence.
    [[nodiscard]] Eigen::VectorXd raw_log_weights() const;
    [[nodiscard]] double log_evidence() const;
    // Smoothed among all drawn(); the log weights handed back are those of the kept draws.
    [[nodiscard]] SmoothedWeights weigh() const;
    // The largest k-hat of the weights times the squared distance from the mean, over the components of x: whether the
    // variances can be trusted too.
    [[nodiscard]] double variance_k_hat(const SmoothedWeights& weights) const;
    // The first kept draw of the last round.
    [[nodiscard]] Eigen::Index last_round() const { return last_round_; }
    [[nodiscard]] Eigen::Index last_round_drawn() const { return last_round_drawn_; }

  private:
    struct Known {
        const Coordinate* coordinate;
        MappedPoints points;
    };
    void know(const Coordinate& coordinate);
    // Of the kept draws from row `first` on, in x.
    [[nodiscard]] Eigen::VectorXd log_proposal(const Proposal& proposal, Eigen::Index first) const;

    Density* density_;
    std::vector<Proposal> proposals_;
    std::vector<double> log_counts_;  // of draws, a proposal
    std::vector<Known> known_;
    Eigen::MatrixXd x_;
    Eigen::VectorXd log_density_;
    Eigen::VectorXd log_mixture_;  // log of the sum over proposals of count x density
    Eigen::Index drawn_ = 0, without_inverse_ = 0, last_round_ = 0, last_round_drawn_ = 0;
};

}  // namespace hlaunch
