#include "job/stages/shard_progress.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "homodyne/results/shard_file.h"
#include "merge/statistics/convergence.h"

namespace hlaunch {

std::optional<UnitNews> shard_news(const std::string& path) try {
    const auto shard = load_shard_file(path);
    UnitNews out{.draws = static_cast<std::uint64_t>(shard.columns.values.rows()),
                 .r_hat = std::numeric_limits<double>::quiet_NaN()};
    // A column that is constant by its nature has none.
    for (const auto& column : convergence(shard.columns)) out.r_hat = std::fmax(out.r_hat, column.r_hat);
    return out;
} catch (const Error&) {
    return std::nullopt;
}

}  // namespace hlaunch
