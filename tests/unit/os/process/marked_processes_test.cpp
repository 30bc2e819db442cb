#include "os/process/marked_processes.h"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

#include "catch.h"
#include "os/spawn/child.h"
#include "support/temporary_folder.h"

using namespace hlaunch;

TEST_CASE("those with the mark are killed, whoever their parent is; others live") {
    const auto mark = "HLAUNCH_TEST_MARK=" + std::to_string(::getpid());
    ChildSpec spec;
    const TemporaryFolder folder;
    const auto both_run = [&](const char* sign) {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!std::filesystem::exists(folder / sign) && std::chrono::steady_clock::now() < until)
            ::usleep(1000);  // until the shell has its child
    };
    spec.cwd = folder.path();
    spec.argv = {"/bin/sh", "-c", "sleep 100 & echo >one; exec sleep 100"};
    spec.env = {"PATH=/usr/bin:/bin", mark};
    const auto marked = spawn(spec);
    both_run("one");
    spec.env.back() += "0";  // begins alike
    spec.argv.back() = "sleep 100 & echo >two; exec sleep 100";
    const auto other = spawn(spec);
    both_run("two");
    CHECK(kill_marked(mark) == 2);
    CHECK(wait(marked.pid).killed());
    CHECK_FALSE(try_wait(other.pid));
    CHECK(kill_marked(mark) == 0);
    CHECK(kill_marked(mark + "0") == 2);
    CHECK(wait(other.pid).killed());
    // The sleeps in the background are ours where an earlier test has made this process a subreaper.
    while (::waitpid(-1, nullptr, 0) > 0) {
    }
}
