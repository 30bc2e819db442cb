#include "os/observe/thread_stat.h"

#include <unistd.h>

#include <string>

#include "catch.h"

using namespace hlaunch;

TEST_CASE("thread stat: CPU and CPU time, whatever the name holds") {
    const std::string head = "12 (a) b (c) S 1 12 12 0 -1 4194304 1 0 0 0 700 50 0 0 20 0 1 0 100 0 0";
    // Fields 25 to 38, then the processor.
    const std::string tail = " 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 3 0 0 0\n";
    const auto run = parse_thread_run(head + tail);
    REQUIRE(run);
    CHECK(run->cpu == 3);
    CHECK(run->cpu_seconds == Approx(750.0 / static_cast<double>(::sysconf(_SC_CLK_TCK))));
    for (const std::string_view text : {"", "12 (x)", "12 (x S 1", "1 (x) S 1 2 3"})
        CHECK_FALSE(parse_thread_run(text));
    CHECK_FALSE(parse_thread_run(head));
}

TEST_CASE("the state of a thread, whatever its name") {
    CHECK(parse_thread_state("42 (python) R 10 42 42 0") == 'R');
    CHECK(parse_thread_state("42 (tf_XLAEigen/3) S 10 42 42 0") == 'S');
    CHECK(parse_thread_state("42 (a) R (b\n) c)) D 10 30") == 'D');
    CHECK(parse_thread_state("42 () Z 1") == 'Z');
    for (const char* bad : {"", "42", "42 (a", "42 (a)", "42 (a) ", "42 (a) R", "42 a) R 1", "42 (a) RS 1", ") R 1"})
        CHECK_FALSE(parse_thread_state(bad));
}
