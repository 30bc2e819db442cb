#include "os/runnable_threads.h"

#include <unistd.h>

#include <array>

#include "catch.h"

using namespace hlaunch;

TEST_CASE("the state of a thread, whatever its name") {
    CHECK(parse_thread_state("42 (python) R 10 42 42 0") == 'R');
    CHECK(parse_thread_state("42 (tf_XLAEigen/3) S 10 42 42 0") == 'S');
    CHECK(parse_thread_state("42 (a) R (b\n) c)) D 10 30") == 'D');
    CHECK(parse_thread_state("42 () Z 1") == 'Z');
    for (const char* bad : {"", "42", "42 (a", "42 (a)", "42 (a) ", "42 (a) R", "42 a) R 1", "42 (a) RS 1", ") R 1"})
        CHECK_FALSE(parse_thread_state(bad));
}

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
