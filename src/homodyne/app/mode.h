// The modes users of homodyne-config-xla know, and what each means for a placement.
#pragma once

#include <string_view>

namespace hlaunch::homodyne {

enum class Mode { automatic, cmc, cmc_hpc, nlsq };

[[nodiscard]] std::string_view to_string(Mode mode);   // "auto", "cmc", "cmc-hpc", "nlsq"
[[nodiscard]] Mode parse_mode(std::string_view text);  // throws usage Error, names the choices

// homodyne's table of XLA host devices: cmc 4, cmc-hpc 8, nlsq 1, auto by cores (<= 7: 2, <= 15: 4, <= 35: 6, else 8).
// homodyne/cli/xla_config.py counts physical cores, its activation script what nproc says.
[[nodiscard]] unsigned table_devices(Mode mode, unsigned cores);
// By physical cores, and never more than these.
[[nodiscard]] unsigned xla_devices(Mode mode, unsigned cores);

// OMP, OpenBLAS and MKL threads of a process: min(2, max(1, cores / devices)); for nlsq the cores.
[[nodiscard]] unsigned blas_threads(Mode mode, unsigned cores);

// Worker processes of an instance by the performance guide: max(1, cores / 2 - 1).
[[nodiscard]] unsigned guide_workers(unsigned cores);

// The smallest NUMA node that is a placement of its own by default.
[[nodiscard]] unsigned min_numa_cores(Mode mode);

}  // namespace hlaunch::homodyne
