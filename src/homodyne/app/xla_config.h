// The performance guide's recommended settings for some cores: as the block that the guide shows, and as files a shell
// can source. Rules: mode.h, by physical cores; homodyne's own `auto` (runtime/shell/activation/xla_config.bash) takes
// nproc.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "homodyne/app/mode.h"

namespace hlaunch::homodyne {

struct XlaRecommendation {
    Mode mode = Mode::automatic;
    unsigned logical_cores = 1, physical_cores = 1, numa_nodes = 1;
    unsigned devices = 1;  // XLA host devices
    unsigned threads = 1;  // of OpenMP, OpenBLAS and MKL, each process
};
[[nodiscard]] XlaRecommendation recommend_xla(Mode mode, unsigned logical_cores, unsigned physical_cores,
                                              unsigned numa_nodes);

// "--xla_cpu_multi_thread_eigen=false" and the device count, in the guide's order.
[[nodiscard]] std::vector<std::string> recommended_xla_flags(const XlaRecommendation& recommendation);
// OMP_NUM_THREADS and its like, with their value.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> recommended_threads(
    const XlaRecommendation& recommendation);

// "Detected CPU: ..." and "Recommended settings: ...", byte for byte as the guide prints them.
[[nodiscard]] std::string guide_block(const XlaRecommendation& recommendation);

// To be sourced; what is set already stays. The first line tells whose file it is.
[[nodiscard]] std::string sh_settings(const XlaRecommendation& recommendation);
[[nodiscard]] std::string fish_settings(const XlaRecommendation& recommendation);
// Whether a file's text is one of these.
[[nodiscard]] bool is_settings_file(const std::string& text);

}  // namespace hlaunch::homodyne
