// How much memory an instance will need at its peak, in bytes.
#pragma once

#include <cstdint>
#include <string>

#include "homodyne/app/facts.h"

namespace hlaunch::homodyne {

// NLSQ: the process itself and homodyne's estimate_peak_memory_gb.
[[nodiscard]] std::uint64_t forecast_nlsq_bytes(const Facts& facts);

// CMC: parent (imports, all the data several times over) and its workers (imports, compiled model, a shard's
// points for every chain). Fixed parts measured on small runs of 2.23.3: parent 0.54 GB, worker 0.98 GB.
[[nodiscard]] std::uint64_t forecast_cmc_bytes(const Facts& facts, unsigned workers);

// Exact posterior: the process that reads the scan and keeps a slice, which has the most; and each of the others,
// without its slice (16 bytes a point). Measured with 5.7 million points: 1.4 GB and 0.6 GB.
[[nodiscard]] std::uint64_t forecast_exact_bytes(const Facts& facts);
inline constexpr std::uint64_t density_worker_bytes = 650'000'000;

// Seconds that --posterior exact will take on so many cores, beside survey and NLSQ: workers' start, evaluations until
// so many draws are effective, maxima. Measured: 2 to 3 evaluations an effective draw, in hard cases 10 times more.
[[nodiscard]] double forecast_exact_seconds(const Facts& facts, unsigned cores, double effective_draws);

// One sentence for whoever is about to draw shards: what exact would take, and how to have it.
[[nodiscard]] std::string describe_exact(const Facts& facts, unsigned cores, double effective_draws);

}  // namespace hlaunch::homodyne
