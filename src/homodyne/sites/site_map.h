// Sites and parameters with all coordinates that serve for posteriors of them.
#pragma once

#include <memory>
#include <vector>

#include "homodyne/sites/site_transform.h"

namespace hlaunch {

class SiteMap final : public SiteTransform {
  public:
    SiteMap(std::vector<Site> sites, const TimeRange& times);  // throws as SiteTransform does
    SiteMap(const SiteMap&) = delete;
    SiteMap& operator=(const SiteMap&) = delete;
    ~SiteMap() override;

    [[nodiscard]] std::vector<const Coordinate*> coordinates() const override;
    // For draws from the density: the best first where all is well measured; where one power law is not felt by the
    // data the coordinate of the other alone serves; the sampling coordinate comes last.
    [[nodiscard]] std::vector<const Coordinate*> coordinates_of_posteriors() const;
    [[nodiscard]] const Coordinate* anchored() const noexcept { return anchored_.get(); }  // for walkers; or none

  private:
    std::vector<std::unique_ptr<Coordinate>> coordinates_;
    std::unique_ptr<Coordinate> anchored_;  // or none
};

}  // namespace hlaunch
