#include "run/supervisor/shared_signal.h"

#include <array>
#include <csignal>

#include "catch.h"

using namespace hlaunch;
using namespace std::chrono_literals;

namespace {

TreeEvent ended_by(bool signalled, int code) {
    TreeEvent event;
    event.status = {.signalled = signalled, .code = code};
    return event;
}

}  // namespace

TEST_CASE("an end that may come of a signal to the whole job is judged after our own signals") {
    const Clock::Time start{};
    SharedSignal shared;
    const std::array quiet{ended_by(false, 0), ended_by(false, 1), ended_by(true, SIGKILL), ended_by(true, SIGSEGV)};
    CHECK_FALSE(shared.patience(quiet, start));
    auto begun = ended_by(true, SIGTERM);
    begun.kind = TreeEvent::Kind::started;
    CHECK_FALSE(shared.patience(std::array{begun}, start));
    CHECK(shared.patience(std::array{quiet[0], ended_by(true, SIGTERM)}, start));
    // Tasks that end each other by signals hold a queue up once in a while alone.
    CHECK_FALSE(shared.patience(std::array{ended_by(true, SIGTERM)}, start + 9s));
    CHECK(shared.patience(std::array{ended_by(false, 128 + SIGINT)}, start + 11s));
    CHECK(shared.patience(std::array{ended_by(true, SIGHUP)}, start + 22s));
}
