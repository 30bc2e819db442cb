#include "os/process/process_tree.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <thread>

#include "catch.h"
#include "os/files/file.h"
#include "os/process/environment.h"
#include "os/spawn/child.h"
#include "support/temporary_folder.h"

using namespace hlaunch;
using namespace std::chrono_literals;

namespace {

Child start(const std::string& script, const TemporaryFolder& folder, const std::string& marker = {}) {
    ChildSpec spec;
    spec.argv = {"sh", "-c", script};
    Environment env = Environment::current();
    if (!marker.empty()) env.set("HLAUNCH_TEST_INSTANCE", marker);
    spec.env = env.list();
    spec.cwd = folder.path();
    return spawn(spec);
}

// The script says by a file that it is where the test wants it; bounded, since a hang helps nobody.
void await_file(const std::filesystem::path& file) {
    for (int i = 0; i < 2000 && !std::filesystem::exists(file); ++i) std::this_thread::sleep_for(5ms);
    REQUIRE(std::filesystem::exists(file));
}

ProcessInfo process(pid_t pid, pid_t ppid, pid_t session, std::uint64_t start_ticks = 1) {
    ProcessInfo info;
    info.pid = pid;
    info.ppid = ppid;
    info.session = session;
    info.state = 'S';
    info.start_ticks = start_ticks;
    return info;
}

std::vector<pid_t> pids(const ProcessTree& tree) {
    std::vector<pid_t> result;
    for (const auto& member : tree.members()) result.push_back(member.pid);
    return result;
}

constexpr Grace tree_grace{.interrupt = 50ms, .terminate = 50ms, .kill = 5s};

}  // namespace

TEST_CASE("stat is parsed whatever the process calls itself") {
    const std::string tail =
        " S 10 20 30 0 -1 4194560 1 2 3 4 150 50 70 30 20 0 5 0 12345 1000 200 "
        "18446744073709551615";
    const auto info = parse_process("42 (a) R (b\n) c))" + tail, "100 60 20 1 0 9 0");
    REQUIRE(info);
    CHECK(info->pid == 42);
    CHECK(info->comm == "a) R (b\n) c)");
    CHECK(info->state == 'S');
    CHECK(info->ppid == 10);
    CHECK(info->session == 30);
    CHECK(info->threads == 5);
    CHECK(info->start_ticks == 12345);
    CHECK(info->cpu_seconds == Approx(200.0 / static_cast<double>(::sysconf(_SC_CLK_TCK))));
    CHECK(info->resident_bytes == 40 * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
    for (const char* bad : {"", "42", "42 (", "42 )(", "42 () S", "x (a) S 1 2 3", "42 (a) S 1"})
        CHECK_FALSE(parse_process(bad, ""));
    CHECK_FALSE(parse_process("42x (a)" + tail, ""));
}

TEST_CASE("we see ourselves") {
    const auto all = all_processes();
    const auto self = std::find_if(all.begin(), all.end(), [](const auto& info) { return info.pid == ::getpid(); });
    REQUIRE(self != all.end());
    CHECK(self->ppid == ::getppid());
    CHECK(self->resident_bytes > 0);
    CHECK(command_line(::getpid()).find("test_os") != std::string::npos);
    CHECK_FALSE(read_process(0));
}

TEST_CASE("members: descendants, sessions, those seen before; never a stranger with a reused pid") {
    const TemporaryFolder folder;
    const Child root = start("exec sleep 100", folder);
    const std::uint64_t born = read_process(root.pid)->start_ticks;
    const pid_t r = root.pid;
    const pid_t self = ::getpid();
    const pid_t a = r + 100000, b = a + 1, c = a + 2, d = a + 3, stranger = a + 4;
    ProcessTree tree(r);
    // c before its parent b; d in the session that a leads; the stranger elsewhere.
    tree.refresh({process(self, 1, self), process(c, b, b), process(r, self, r, born), process(b, a, b),
                  process(a, r, a), process(d, 1, a), process(stranger, 1, stranger)},
                 self);
    CHECK(pids(tree) == std::vector<pid_t>{c, r, b, a, d});
    // a, b and r are gone, c is adopted by us, and another process got a's pid.
    tree.refresh({process(self, 1, self), process(c, self, b), process(a, 1, 7, 99), process(stranger, 1, stranger)},
                 self);
    CHECK(pids(tree) == std::vector<pid_t>{c});
    tree.refresh({process(self, 1, self), process(r, 1, r, born + 1)}, self);
    CHECK(tree.members().empty());
    CHECK_FALSE(tree.alive());
    ::kill(r, SIGKILL);
    (void)wait(r);
}

TEST_CASE("a grandchild that forked twice into its own session is found and ended") {
    become_subreaper();
    const TemporaryFolder folder;
    // The middle shell ends at once: the sleeper's parent is then us, its session its own. The
    // marker finds it.
    const Child root = start(R"(setsid sh -c 'trap "" INT TERM; touch ready; while :; do sleep 1; done' & exit 0)",
                             folder, "orphan-7");
    await_file(folder / "ready");
    (void)wait(root.pid);
    ProcessTree unmarked(root.pid);
    unmarked.refresh();
    CHECK_FALSE(unmarked.alive());
    ProcessTree tree(root.pid, "HLAUNCH_TEST_INSTANCE=orphan-7");
    tree.refresh();
    REQUIRE(tree.alive());
    CHECK(tree.members().front().session != root.pid);
    ProcessTree other(root.pid, "HLAUNCH_TEST_INSTANCE=orphan");
    other.refresh();
    CHECK_FALSE(other.alive());
    SystemClock clock;
    CHECK(end_tree(tree, tree_grace, clock).empty());
    CHECK_FALSE(tree.alive());
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);  // the adopted were reaped
}

TEST_CASE("what a root leaves in its session is found, though it ended before the first look") {
    become_subreaper();
    const TemporaryFolder folder;
    const Child root = start("sh -c 'touch ready; while :; do sleep 1; done' & exit 0", folder);
    ProcessTree tree(root.pid);
    (void)wait(root.pid);
    await_file(folder / "ready");
    SystemClock clock;
    tree.refresh();
    CHECK(tree.alive());
    CHECK(end_tree(tree, tree_grace, clock).empty());
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("a tree that ignores INT and TERM is killed, children in other sessions too") {
    become_subreaper();
    const TemporaryFolder folder;
    const Child root = start(
        R"(trap "" INT TERM; setsid sh -c 'touch one; while :; do sleep 1; done' & sh -c 'touch two; while :; do sleep 1; done' & wait)",
        folder);
    await_file(folder / "one");
    await_file(folder / "two");
    ProcessTree tree(root.pid);
    tree.refresh();
    CHECK(tree.members().size() >= 3);
    SystemClock clock;
    CHECK(end_tree(tree, tree_grace, clock).empty());
    CHECK(wait(root.pid).text() == "signal 9 (Killed)");  // left for its owner to reap
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("a tree that obeys SIGINT gets nothing harder") {
    const TemporaryFolder folder;
    const Child root = start(R"(trap "exit 130" INT; touch ready; while :; do sleep 0.05; done)", folder);
    await_file(folder / "ready");
    ProcessTree tree(root.pid);
    SystemClock clock;
    CHECK(end_tree(tree, Grace{}, clock).empty());
    CHECK(wait(root.pid).text() == "exit code 130");
}

TEST_CASE("escalation: each signal after its time, none after the end") {
    const Clock::Time start{};
    Escalation steps(Grace{.interrupt = 5s, .terminate = 2s, .kill = 1s});
    CHECK(steps.step(start, true) == SIGINT);
    CHECK_FALSE(steps.step(start + 4999ms, true));
    CHECK(steps.step(start + 5s, true) == SIGTERM);
    CHECK_FALSE(steps.step(start + 6999ms, true));
    CHECK(steps.step(start + 7s, true) == SIGKILL);
    CHECK(steps.step(start + 7500ms, true) == SIGKILL);
    SECTION("gone") {
        CHECK_FALSE(steps.step(start + 7600ms, false));
        CHECK(steps.finished());
        CHECK_FALSE(steps.survived());
    }
    SECTION("stuck in the kernel") {
        CHECK_FALSE(steps.step(start + 8s, true));
        CHECK(steps.finished());
        CHECK(steps.survived());
    }
    CHECK_FALSE(steps.step(start + 100s, true));
}

TEST_CASE("escalation: nothing to end, and a user in a hurry") {
    const Clock::Time start{};
    Escalation none(Grace{});
    CHECK_FALSE(none.step(start, false));
    CHECK(none.finished());
    Escalation hurried(Grace{});
    CHECK(hurried.step(start, true) == SIGINT);
    hurried.hurry();
    CHECK(hurried.step(start + 1ms, true) == SIGKILL);
}
