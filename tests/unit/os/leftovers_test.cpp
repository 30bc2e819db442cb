#include "os/leftovers.h"

#include <sys/wait.h>
#include <unistd.h>

#include "catch.h"
#include "os/child.h"

using namespace hlaunch;

TEST_CASE("those with the mark are killed, whoever their parent is; others live") {
    const auto mark = "HLAUNCH_TEST_MARK=" + std::to_string(::getpid());
    ChildSpec spec;
    spec.argv = {"/bin/sh", "-c", "sleep 100 & exec sleep 100"};
    spec.env = {"PATH=/usr/bin:/bin", mark};
    const auto marked = spawn(spec);
    spec.env.back() += "0";  // begins alike
    const auto other = spawn(spec);
    unsigned killed = 0;
    for (int i = 0; i < 100 && killed < 2; ++i) killed += kill_marked(mark);
    CHECK(killed == 2);
    CHECK(wait(marked.pid).killed());
    CHECK_FALSE(try_wait(other.pid));
    CHECK(kill_marked(mark) == 0);
    CHECK(kill_marked(mark + "0") >= 1);
    CHECK(wait(other.pid).killed());
    // The sleeps in the background are ours where an earlier test has made this process a subreaper.
    while (::waitpid(-1, nullptr, 0) > 0) {
    }
}
