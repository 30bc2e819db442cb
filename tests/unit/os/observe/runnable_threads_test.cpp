#include "os/observe/runnable_threads.h"

#include <unistd.h>

#include <array>

#include "catch.h"

using namespace hlaunch;

TEST_CASE("we run while we count; the dead and the vanished do not") {
    ProcessInfo self;
    self.pid = ::getpid();
    self.state = 'R';
    self.threads = 2;  // so that the threads are read
    auto lone = self;
    lone.threads = 1;
    auto asleep = lone;
    asleep.state = 'S';
    auto dead = lone;
    dead.state = 'Z';
    auto gone = self;
    gone.pid = 0;
    const std::array all{self, lone, asleep, dead, gone};
    const auto runnable = count_runnable_threads(all);
    CHECK(runnable.count == 2);
    CHECK(runnable.cost_s >= 0.0);
    CHECK(count_runnable_threads({}).count == 0);
}
