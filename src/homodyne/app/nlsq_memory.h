// Which way homodyne's NLSQ will take by the memory it sees: optimization/nlsq/memory.py, estimate_peak_memory_gb and
// select_nlsq_strategy. Its "GB" are GiB.
#pragma once

#include <cstdint>
#include <string_view>

namespace hlaunch::homodyne {

enum class NlsqStrategy {
    standard,          // the whole Jacobian in memory
    out_of_core,       // J^T J summed over chunks
    hybrid_streaming,  // even the index array is too large
};
[[nodiscard]] std::string_view to_string(NlsqStrategy strategy);  // homodyne's words: "standard", "out_of_core", ...

struct NlsqMemory {
    double peak_gib = 0.0;       // of the full Jacobian: points * parameters * 8 * 6.5 bytes
    double index_gib = 0.0;      // 8 bytes a point
    double threshold_gib = 0.0;  // the fraction, clamped to .1 - .9, of the memory it sees
    NlsqStrategy strategy = NlsqStrategy::standard;
};

constexpr double default_memory_fraction = 0.75;

[[nodiscard]] NlsqMemory nlsq_memory(std::uint64_t points, unsigned parameters, std::uint64_t memory_bytes,
                                     double memory_fraction = default_memory_fraction);

}  // namespace hlaunch::homodyne
