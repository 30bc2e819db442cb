// What to change in the YAML where a merge is refused: the key that decides in this config, as the survey found by
// trying.
#pragma once

#include "homodyne/app/facts.h"
#include "merge/gates.h"

namespace hlaunch::homodyne {

// For the gates about convergence and divergences.
[[nodiscard]] Remedies remedies(const Facts& facts);

// "raise KEY (now N)", or what keeps homodyne from drawing that many.
[[nodiscard]] std::string more_draws(const Facts& facts);

}  // namespace hlaunch::homodyne
