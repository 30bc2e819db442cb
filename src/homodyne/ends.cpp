#include "homodyne/ends.h"

namespace hlaunch::homodyne {

End end_of(int exit_code, std::string_view log) {
    constexpr int hooks_refused = 78, usage = 2;
    if (log.find("hlaunch-refused: a worker died") != std::string_view::npos) return End::worker_died;
    if (exit_code == hooks_refused || exit_code == usage) return End::bad_input;
    return End::unknown;
}

}  // namespace hlaunch::homodyne
