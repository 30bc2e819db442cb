#include "homodyne/app/nlsq_memory.h"

#include <algorithm>

namespace hlaunch::homodyne {
namespace {

constexpr double gib = 1024.0 * 1024.0 * 1024.0;
constexpr double jacobian_overhead = 6.5;

NlsqStrategy choose(const NlsqMemory& memory) {
    if (memory.index_gib > memory.threshold_gib) return NlsqStrategy::hybrid_streaming;
    return memory.peak_gib > memory.threshold_gib ? NlsqStrategy::out_of_core : NlsqStrategy::standard;
}

}  // namespace

std::string_view to_string(NlsqStrategy strategy) {
    switch (strategy) {
        case NlsqStrategy::out_of_core:
            return "out_of_core";
        case NlsqStrategy::hybrid_streaming:
            return "hybrid_streaming";
        case NlsqStrategy::standard:
            break;
    }
    return "standard";
}

NlsqMemory nlsq_memory(std::uint64_t points, unsigned parameters, std::uint64_t memory_bytes, double memory_fraction) {
    NlsqMemory out;
    const double jacobian_bytes = static_cast<double>(points) * parameters * 8.0;
    out.peak_gib = jacobian_bytes * jacobian_overhead / gib;
    out.index_gib = static_cast<double>(points) * 8.0 / gib;
    out.threshold_gib = static_cast<double>(memory_bytes) / gib * std::clamp(memory_fraction, 0.1, 0.9);
    out.strategy = choose(out);
    return out;
}

}  // namespace hlaunch::homodyne
