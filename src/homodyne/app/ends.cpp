#include "homodyne/app/ends.h"

namespace hlaunch::homodyne {

End end_of(int exit_code, std::string_view log) {
    constexpr int hooks_refused = 78, usage = 2;
    // The hooks' word, or homodyne's own (backends/multiprocessing.py), which then goes on without the shard.
    for (const auto* sign : {"hlaunch-refused: a worker died", "failed [crash]: Process killed by signal SIGKILL"})
        if (log.find(sign) != std::string_view::npos) return End::worker_died;
    if (exit_code == hooks_refused || exit_code == usage) return End::bad_input;
    return End::unknown;
}

}  // namespace hlaunch::homodyne
