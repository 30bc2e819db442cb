// The gates that look at each part by itself.
#pragma once

#include <span>
#include <vector>

#include "merge/gates.h"
#include "merge/posterior_part.h"
#include "merge/statistics/convergence.h"

namespace hlaunch {

// finite, degenerate, duplicates, own-combination, divergences.
[[nodiscard]] std::vector<Check> check_draws(std::span<const PosteriorPart> parts, GateKind kind);

// Do these parts fail a check that cannot be accepted?
[[nodiscard]] bool hopeless(std::span<const PosteriorPart> parts, GateKind kind);

struct PartConvergence {
    std::vector<Check> checks;       // r-hat, ess
    std::vector<Convergence> worst;  // one a parameter: largest R-hat, smallest ESS over the parts
};
[[nodiscard]] PartConvergence check_convergence(std::span<const PosteriorPart> parts, GateKind kind);

// Throws usage, naming the odd one out, unless all parts have the same columns.
void require_same_parameters(std::span<const PosteriorPart> parts);

}  // namespace hlaunch
