// hlaunch cache warm.
#pragma once

namespace CLI {
class App;
}

namespace hlaunch {

void add_cache_warm_command(CLI::App& cache, int& exit_code);

}  // namespace hlaunch
