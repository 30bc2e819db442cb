#include "homodyne/sites/site_map.h"

#include <algorithm>
#include <utility>

#include "homodyne/sites/anchored_coordinate.h"
#include "homodyne/sites/power_law.h"

namespace hlaunch {

SiteMap::SiteMap(std::vector<Site> sites, const TimeRange& times)
    : SiteTransform(std::move(sites), times),
      coordinates_(make_coordinates(*this, times)),
      anchored_(anchored_coordinate(*this, times)) {}

SiteMap::~SiteMap() = default;

std::vector<const Coordinate*> SiteMap::coordinates() const {
    std::vector<const Coordinate*> result;
    for (const auto& coordinate : coordinates_) result.push_back(coordinate.get());
    return result;
}

std::vector<const Coordinate*> SiteMap::coordinates_of_posteriors() const {
    std::vector<const Coordinate*> result = coordinates();
    std::ranges::reverse(result);
    std::erase_if(result, [](const Coordinate* coordinate) { return coordinate->name() == "eta-gamma_dot"; });
    return result;
}

}  // namespace hlaunch
