#include "base/text/quantity.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdlib>

#include "base/error.h"

namespace hlaunch {

std::string format_bytes(std::uint64_t bytes) {
    static constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1024.0 && unit + 1 < units.size()) {
        value /= 1024.0;
        ++unit;
    }
    return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, units[unit]);
}

std::uint64_t parse_bytes(std::string_view text) {
    const std::string copy(text);
    char* end = nullptr;
    const double value = std::strtod(copy.c_str(), &end);
    std::string_view suffix(end);
    while (!suffix.empty() && suffix.front() == ' ') suffix.remove_prefix(1);
    static constexpr std::string_view letters = "KMGTP";
    double factor = 1.0;
    if (!suffix.empty() && suffix != "B") {
        const auto power = letters.find(suffix.front());
        const auto rest = suffix.substr(1);
        if (power == std::string_view::npos || !(rest.empty() || rest == "B" || rest == "iB"))
            throw usage_error("'{}' is no size; write 512M or 1.5GiB", text);
        factor = std::pow(1024.0, static_cast<double>(power) + 1.0);
    }
    if (end == copy.c_str() || !std::isfinite(value) || value < 0.0 || value * factor > 1e18)
        throw usage_error("'{}' is no size; write 512M or 1.5GiB", text);
    // So few bytes nobody means: "64000" is megabytes to Slurm.
    if (suffix.empty() && value > 0.0 && value < 1e6)
        throw usage_error("'{}' has no unit, and is {} bytes; write {}M for MiB, as Slurm counts, or {}B", text, copy,
                          copy, copy);
    return static_cast<std::uint64_t>(value * factor);
}

std::string format_duration(double seconds) {
    if (seconds < 60.0) return fmt::format("{:.1f} s", seconds);
    if (!(seconds < 1e15)) return fmt::format("{:.3g} s", seconds);
    const auto whole = static_cast<long long>(seconds);
    if (whole < 3600) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
    return fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
}

double parse_duration(std::string_view text) {
    const std::string copy(text);
    char* end = nullptr;
    const double value = std::strtod(copy.c_str(), &end);
    const std::string_view unit(end);
    const double factor = unit.empty() || unit == "s" ? 1.0
                          : unit == "m"               ? 60.0
                          : unit == "h"               ? 3600.0
                          : unit == "d"               ? 86400.0
                                                      : 0.0;
    if (end == copy.c_str() || !(value > 0.0) || factor == 0.0 || value * factor > 1e9)
        throw usage_error("'{}' is no duration; write 90s, 15m, 2h or 1d", text.substr(0, 40));
    return value * factor;
}

}  // namespace hlaunch
