// homodyne's sampling sites and what parameters they mean.
#pragma once

#include <Eigen/Dense>
#include <optional>
#include <string>
#include <vector>

#include "merge/consensus.h"
#include "merge/parametrisation.h"

namespace hlaunch {

enum class SiteKind {
    z,       // unit scale: value = bound(center + scale * z), homodyne optimization/cmc/scaling.py
    direct,  // the value itself is sampled
};

struct Site {
    std::string name;       // "D0_z", "D0", "log_D_ref": the column in the draws
    std::string parameter;  // "D0", "log_D_ref"
    SiteKind kind = SiteKind::z;
    double center = 0.0;  // z only
    double scale = 1.0;   // z only
    std::optional<double> low;
    std::optional<double> high;
    double prior_loc = 0.0;      // of the site's Gaussian prior
    double prior_sd = 1.0;       // in these draws
    double full_prior_sd = 1.0;  // in an unsharded run

    [[nodiscard]] bool same_map(const Site& other) const;
    [[nodiscard]] std::optional<double> value(double x) const;        // none outside the bounds
    [[nodiscard]] std::optional<double> sampled(double value) const;  // its inverse
    [[nodiscard]] double slope(double x) const;                       // d value / d x
};

// What eta needs to know of the experiment; absent members leave only the sampling coordinate.
struct TimeRange {
    std::optional<double> dt;     // s
    std::optional<double> t_max;  // s
    std::optional<double> t_ref;  // s, of log_D_ref and log_gamma_ref
};

// Parameters are those of `sites`, with homodyne's reference-time sites (log_D_ref, D_offset_ratio,
// log_gamma_ref; optimization/cmc/reparameterization.py) turned back into D0, D_offset and
// gamma_dot_t0; sorted by name.
class SiteTransform : public Parametrisation {
  public:
    // Throws usage if a reference-time site lacks t_ref.
    SiteTransform(std::vector<Site> sites, const TimeRange& times);

    [[nodiscard]] const std::vector<std::string>& sites() const override { return site_names_; }
    [[nodiscard]] const std::vector<std::string>& parameters() const override { return parameters_; }
    bool to_parameters(const Eigen::VectorXd& x, Eigen::VectorXd& theta) const override;

    bool to_sites(const Eigen::VectorXd& theta, Eigen::VectorXd& x) const;
    // d theta / d x at a point both of whose forms are given.
    [[nodiscard]] Eigen::MatrixXd dtheta_dx(const Eigen::VectorXd& x, const Eigen::VectorXd& theta) const;
    // Column of a parameter; throws std::logic_error for a name that is none.
    [[nodiscard]] Eigen::Index index_of(const std::string& parameter) const;

    // The site a parameter is made from, and some value of a site that lies inside its bounds.
    [[nodiscard]] Eigen::Index site_of(Eigen::Index parameter) const;
    [[nodiscard]] double inside(Eigen::Index site) const;

    [[nodiscard]] SitePriors priors() const;       // in these draws
    [[nodiscard]] SitePriors full_priors() const;  // in an unsharded run
    [[nodiscard]] const std::vector<Site>& all() const noexcept { return sites_; }
    [[nodiscard]] bool has(const std::string& parameter) const;

  private:
    enum class Role { plain, log_reference, ratio };  // ratio: to the reference value of the same power law
    struct Target {                                   // of a site
        Role role = Role::plain;
        Eigen::Index parameter = 0;
        Eigen::Index exponent_site = -1;   // log_reference: the site of alpha or beta
        Eigen::Index reference_site = -1;  // ratio: the site of log_D_ref
    };

    std::vector<Site> sites_;
    std::vector<std::string> site_names_;
    std::vector<std::string> parameters_;
    std::vector<Target> targets_;
    double log_t_ref_ = 0.0;
};

}  // namespace hlaunch
