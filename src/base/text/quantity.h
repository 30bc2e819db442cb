// Byte counts and durations as people read and write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hlaunch {

inline constexpr std::uint64_t mib = 1U << 20U;  // bytes

[[nodiscard]] std::string format_bytes(std::uint64_t bytes);     // "512 B", "1.5 GiB"
[[nodiscard]] std::uint64_t parse_bytes(std::string_view text);  // "64B", "64K", "1.5GiB"; throws usage, also where
                                                                 // below a million the unit is missing
[[nodiscard]] std::string format_duration(double seconds);       // "8.2 s", "3m04s", "2h05m"

[[nodiscard]] double parse_duration(
    std::string_view text);  // "90", "90s", "15m", "2h", "1d" in seconds, above 0; throws usage

}  // namespace hlaunch
