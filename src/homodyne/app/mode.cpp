#include "homodyne/app/mode.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"

namespace hlaunch::homodyne {
namespace {

constexpr std::array<std::pair<std::string_view, Mode>, 4> mode_names{{
    {"auto", Mode::automatic},
    {"cmc", Mode::cmc},
    {"cmc-hpc", Mode::cmc_hpc},
    {"nlsq", Mode::nlsq},
}};

}  // namespace

std::string_view to_string(Mode mode) {
    for (const auto& [name, value] : mode_names)
        if (value == mode) return name;
    return "auto";
}

Mode parse_mode(std::string_view text) {
    for (const auto& [name, value] : mode_names)
        if (name == text) return value;
    throw usage_error("mode '{}' is unknown; use auto, cmc, cmc-hpc or nlsq", text);
}

unsigned table_devices(Mode mode, unsigned cores) {
    switch (mode) {
        case Mode::nlsq:
            return 1;
        case Mode::cmc:
            return 4;
        case Mode::cmc_hpc:
            return 8;
        case Mode::automatic:
            break;
    }
    return cores <= 7 ? 2 : cores <= 15 ? 4 : cores <= 35 ? 6 : 8;
}

unsigned xla_devices(Mode mode, unsigned cores) {
    return std::min(table_devices(mode, cores), std::max(1U, cores));
}

unsigned blas_threads(Mode mode, unsigned cores) {
    if (mode == Mode::nlsq) return std::max(1U, cores);
    return std::min(2U, std::max(1U, cores / xla_devices(mode, cores)));
}

unsigned guide_workers(unsigned cores) {
    return cores >= 4 ? cores / 2 - 1 : 1;
}

unsigned min_numa_cores(Mode mode) {
    return mode == Mode::cmc ? 4 : 8;
}

}  // namespace hlaunch::homodyne
