#include "os/process/descendants.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>

#include "catch.h"
#include "os/process/environment.h"
#include "os/spawn/child.h"

using namespace hlaunch;
using namespace std::chrono_literals;

namespace {

ProcessInfo process(pid_t pid, pid_t ppid, std::uint64_t start_ticks = 5) {
    ProcessInfo info;
    info.pid = pid;
    info.ppid = ppid;
    info.state = 'S';
    info.start_ticks = start_ticks;
    return info;
}

std::vector<pid_t> pids(const std::vector<ProcessInfo>& processes) {
    std::vector<pid_t> result;
    for (const auto& process : processes) result.push_back(process.pid);
    std::sort(result.begin(), result.end());
    return result;
}

}  // namespace

TEST_CASE("all below one process, in whatever order they are listed") {
    const std::vector all{process(14, 13), process(13, 11), process(10, 1),  process(11, 10),
                          process(12, 10), process(20, 1),  process(21, 20), process(15, 12, 2)};
    CHECK(pids(descendants({.ancestor = 10, .spared = {}, .since_ticks = 0}, all)) ==
          std::vector<pid_t>{11, 12, 13, 14, 15});
    CHECK(pids(descendants({.ancestor = 10, .spared = {11}, .since_ticks = 0}, all)) == std::vector<pid_t>{12, 15});
    CHECK(pids(descendants({.ancestor = 14, .spared = {}, .since_ticks = 0}, all)).empty());
    // Only children are judged by their age: what they start may look older by the clock's tick.
    CHECK(pids(descendants({.ancestor = 10, .spared = {}, .since_ticks = 3}, all)).size() == 5);
    CHECK(pids(descendants({.ancestor = 12, .spared = {}, .since_ticks = 3}, all)).empty());
}

TEST_CASE("a torn list does not lead round in circles") {
    const std::vector all{process(2, 2), process(3, 2), process(2, 3), process(4, 5), process(5, 4), process(3, 2)};
    CHECK(pids(descendants({.ancestor = 2, .spared = {}, .since_ticks = 0}, all)) == std::vector<pid_t>{3});
    CHECK(pids(descendants({.ancestor = 4, .spared = {}, .since_ticks = 0}, all)) == std::vector<pid_t>{5});
}

TEST_CASE("the kernel's lists of children and all of /proc say the same; all of it is killed") {
    ChildSpec spec;
    spec.argv = {"sh", "-c", "setsid sh -c 'sleep 100 & sleep 100' & sleep 100"};
    spec.env = Environment::current().list();
    const Child root = spawn(spec);
    const Below below{.ancestor = ::getpid(), .spared = {}, .since_ticks = 0};
    const auto sleeping = [&] {
        const auto found = descendants(below);
        return std::count_if(found.begin(), found.end(), [](const auto& info) { return info.comm == "sleep"; });
    };
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (sleeping() < 3 && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(2ms);
    REQUIRE(sleeping() == 3);
    CHECK(pids(descendants(below)) == pids(descendants(below, all_processes())));
    CHECK(descendants(below).size() == 5);
    CHECK(kill_all([&] { return descendants(below); }) == 5);
    CHECK(wait(root.pid).text() == "signal 9 (Killed)");
}

TEST_CASE("a signal never reaches another process with the same pid") {
    auto self = *read_process(::getpid());
    CHECK(signal_process(self, 0));
    ++self.start_ticks;
    CHECK_FALSE(signal_process(self, 0));
}
