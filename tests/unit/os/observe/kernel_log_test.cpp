#include "os/observe/kernel_log.h"

#include "catch.h"

using namespace hlaunch;

TEST_CASE("the kernel's words about a process it killed for want of memory") {
    const auto kill = parse_kernel_kill(
        "3,913,17790123456,-;Memory cgroup out of memory: Killed process 4242 (python) total-vm:140kB, anon-rss:60kB\n "
        "SUBSYSTEM=x");
    REQUIRE(kill);
    CHECK(kill->pid == 4242);
    CHECK(kill->since_boot_us == 17790123456);
    CHECK(parse_kernel_kill("3,1,2,-;Out of memory: Killed process 7 (a;b) total-vm:1kB")->pid == 7);
    for (const char* other :
         {"", ";", "3,1,2,-;oom_reaper: reaped process 7 (x)", "Killed process 7", "3,1,2,-;Killed process 7 (x)",
          "3,1,2,-;Out of memory: Killed process x (x)", "3,1;Out of memory: Killed process 7 (x)",
          "3,1,x,-;Out of memory: Killed process 7 (x)", "3,1,2,-;Out of memory: Killed process -7 (x)",
          "6,1,2,c;user said: Killed process 7 by hand, not out of memory"}) {
        INFO(other);
        CHECK_FALSE(parse_kernel_kill(other));
    }
}

TEST_CASE("nothing was killed after now") {
    KernelLog log;
    CHECK(log.new_kills().empty());
}
