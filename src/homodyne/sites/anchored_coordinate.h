// A coordinate for posteriors that the data leave wide: defined wherever the model is, bounded sites on the whole real
// line, and of each power law A t^e + B the one value that data measure best.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "homodyne/sites/power_law.h"
#include "homodyne/sites/site_transform.h"

namespace hlaunch {

// u is x, but: a direct site between two bounds by its logit; and in the place of a power law's offset asinh(v / scale)
// of its value v at the middle time. That is log v where v is large, and goes on through zero, beyond which the model
// knows no flow. Amplitude and exponent stay: an amplitude that is next to nothing is a point like any other, where eta
// has none. Without an inverse: offsets outside of their bounds.
class AnchoredCoordinate final : public Coordinate {
  public:
    struct Anchor {
        PowerLaw law;           // of which at[2] is the offset's site
        double log_time = 0.0;  // of v
        double scale = 1.0;     // > 0, in units of v
    };
    // map must outlive this.
    AnchoredCoordinate(const SiteTransform& map, std::vector<Anchor> anchors);
    [[nodiscard]] std::string name() const override { return "anchored"; }
    [[nodiscard]] std::string description() const override;
    bool from_sampling(const Eigen::VectorXd& x, Eigen::VectorXd& u, Eigen::MatrixXd& du_dx) const override;
    bool to_sampling(const Eigen::VectorXd& u, Eigen::VectorXd& x) const override;

  private:
    const SiteTransform& map_;
    std::vector<Anchor> anchors_;
    std::vector<bool> logit_;  // a site
};

// Nothing where times or power laws are not known. The scales are a thousandth of the offsets' priors.
[[nodiscard]] std::unique_ptr<AnchoredCoordinate> anchored_coordinate(const SiteTransform& map, const TimeRange& times);

}  // namespace hlaunch
