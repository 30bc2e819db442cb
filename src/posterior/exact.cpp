#include "posterior/exact.h"

#include <fmt/format.h>

#include "base/error.h"
#include "posterior/exact_ladder.h"

namespace hlaunch {

ExactResult sample_exact(Density& density, std::span<const Coordinate* const> coordinates,
                         const Eigen::MatrixXd& starts, const ExactRequest& request, const ProgressCallback& told) {
    if (coordinates.empty()) throw Error(ExitCode::usage, "exact posterior: no coordinate to propose in");
    if (starts.rows() == 0 || starts.cols() != density.dimensions())
        throw Error(ExitCode::usage, fmt::format("exact posterior: {} starts of {} components for a density of {}",
                                                 starts.rows(), starts.cols(), density.dimensions()));
    return Ladder(density, coordinates, request, told).climb(starts);
}

}  // namespace hlaunch
