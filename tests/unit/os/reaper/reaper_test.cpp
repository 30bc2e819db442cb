#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <deque>
#include <fstream>
#include <functional>
#include <thread>

#include "base/error.h"
#include "catch.h"
#include "os/files/file.h"
#include "os/process/descendants.h"
#include "os/process/environment.h"
#include "os/process/shared_memory.h"
#include "os/reaper/reaper_launcher.h"
#include "os/reaper/reaper_protocol.h"
#include "support/delegated_group.h"
#include "support/temporary_folder.h"

using namespace hlaunch;
using namespace std::chrono_literals;

namespace {

constexpr Grace short_grace{.interrupt = 100ms, .terminate = 100ms, .kill = 5s};
constexpr auto limit = 30s;  // a hang helps nobody

void await(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!condition() && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(2ms);
    REQUIRE(condition());
}

void await(const std::filesystem::path& file) {
    await([&] { return std::filesystem::exists(file); });
}

// Everything below this program; none may be left by a test.
std::vector<ProcessInfo> living() {
    auto all = descendants({.ancestor = ::getpid(), .spared = {}, .since_ticks = 0}, all_processes());
    std::erase_if(all, [](const ProcessInfo& info) { return info.dead(); });
    return all;
}

class Launched {
  public:
    Launched() : launcher_(std::make_unique<ReaperLauncher>(-1, HLAUNCH_TEST_REAPER)) {}
    Launcher& operator*() { return *launcher_; }
    Launcher* operator->() { return launcher_.get(); }
    void end() { launcher_.reset(); }
    TreeEvent next() {
        const auto deadline = std::chrono::steady_clock::now() + limit;
        while (events_.empty() && std::chrono::steady_clock::now() < deadline) {
            pollfd poll{launcher_->descriptors().front(), POLLIN, 0};
            ::poll(&poll, 1, 1000);
            for (auto& event : launcher_->events()) events_.push_back(std::move(event));
        }
        REQUIRE_FALSE(events_.empty());
        auto event = std::move(events_.front());
        events_.pop_front();
        return event;
    }
    TreeEvent started(unsigned slot, const TreeSpec& spec) {
        launcher_->start(slot, spec);
        auto event = next();
        INFO(event.why);
        REQUIRE(event.kind == TreeEvent::Kind::started);
        CHECK(event.slot == slot);
        return event;
    }

  private:
    std::unique_ptr<Launcher> launcher_;
    std::deque<TreeEvent> events_;
};

TreeSpec shell(const std::string& script, const TemporaryFolder& folder) {
    TreeSpec spec;
    spec.child.argv = {"sh", "-c", script};
    spec.child.env = Environment::current().list();
    spec.child.cwd = folder.path();
    spec.child.stdout_path = folder / "out";
    spec.child.stderr_path = folder / "err";
    spec.grace = short_grace;
    return spec;
}

// Two daemons of its own making that ignore what can be ignored, one with an empty environment; each says it is there.
const std::string daemons =
    R"((setsid sh -c 'trap "" INT TERM HUP; touch one; while :; do sleep 1; done' &)
       (env -i setsid sh -c 'trap "" INT TERM HUP; touch two; while :; do sleep 1; done' &)
       while ! [ -e one ] || ! [ -e two ]; do sleep 0.01; done; )";

}  // namespace

TEST_CASE("a tree ends: exit code, signal, CPU time and memory come back") {
    const TemporaryFolder folder;
    Launched launched;
    const auto begun = launched.started(3, shell("echo out; echo err >&2; exit 7", folder));
    CHECK(begun.pid > 0);
    CHECK(begun.reaper > 0);
    auto ended = launched.next();
    CHECK(ended.kind == TreeEvent::Kind::ended);
    CHECK(ended.slot == 3);
    CHECK(ended.pid == begun.pid);
    CHECK(ended.reaper == begun.reaper);
    CHECK(ended.status.text() == "exit code 7");
    CHECK(ended.peak_resident_bytes > 100'000);
    CHECK(ended.left_behind == 0);
    CHECK(ended.survivors == 0);
    CHECK(read_text(folder / "out") == "out\n");
    CHECK(read_text(folder / "err") == "err\n");
    (void)launched.started(3, shell("kill -SEGV $$", folder));
    CHECK(launched.next().status.text() == "signal 11 (Segmentation fault)");
    // A child that nobody waited for counts too.
    (void)launched.started(3, shell("(i=0; while [ $i -lt 60000 ]; do i=$((i + 1)); done) & exit 0", folder));
    CHECK(launched.next().cpu_seconds > 0.005);
    launched.end();
    CHECK(living().empty());
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("one reaper serves many trees, and slots do not wait for each other") {
    const TemporaryFolder folder;
    Launched launched;
    const auto spec = shell("exit 0", folder);
    const auto sleeper = launched.started(1, shell("exec sleep 100", folder));
    std::optional<pid_t> reaper;
    for (int i = 0; i < 100; ++i) {
        const auto begun = launched.started(0, spec);
        CHECK(begun.reaper == reaper.value_or(begun.reaper));
        reaper = begun.reaper;
        CHECK(launched.next().status.ok());
    }
    CHECK(reaper != sleeper.reaper);
    launched->kill(1);
    const auto ended = launched.next();
    CHECK(ended.slot == 1);
    CHECK(ended.status.text() == "signal 9 (Killed)");
}

TEST_CASE("a start that fails says what spawn says, and the reaper goes on") {
    const TemporaryFolder folder;
    Launched launched;
    auto spec = shell("exit 0", folder);
    spec.child.argv = {"hlaunch-no-such-program"};
    launched->start(0, spec);
    auto event = launched.next();
    CHECK(event.kind == TreeEvent::Kind::start_failed);
    std::string expected;
    try {
        (void)spawn(spec.child);
    } catch (const Error& error) {
        expected = error.what();
    }
    CHECK(event.why == expected);
    spec.child.argv = {"/etc/passwd"};
    launched->start(0, spec);
    CHECK_THAT(launched.next().why, contains_text("failed while executing it: Permission denied"));
    spec = shell("exit 0", folder);
    spec.child.binding = Binding{.cpus = {affinity_of(0).back() + 1}, .mems = {}, .policy = MemPolicy::bind};
    launched->start(0, spec);
    CHECK_THAT(launched.next().why, contains_text("binding to CPUs"));
    (void)launched.started(0, shell("exit 0", folder));
    CHECK(launched.next().status.ok());
}

TEST_CASE("a reaper that cannot be started fails the start, not the launcher") {
    const TemporaryFolder folder;
    SECTION("no such program") {
        ReaperLauncher launcher(-1, "/nonexistent/reaper");
        launcher.start(0, shell("exit 0", folder));
        pollfd poll{launcher.descriptors().front(), POLLIN, 0};
        CHECK(::poll(&poll, 1, 0) == 1);
        const auto events = launcher.events();
        REQUIRE(events.size() == 1);
        CHECK(events.front().kind == TreeEvent::Kind::start_failed);
        CHECK_THAT(events.front().why, contains_text("/nonexistent/reaper"));
        CHECK(::poll(&poll, 1, 0) == 0);
    }
    SECTION("one that ends at once") {
        ReaperLauncher launcher(-1, "/bin/false");
        launcher.start(0, shell("exit 0", folder));
        std::vector<TreeEvent> events;
        await([&] {
            if (events.empty()) events = launcher.events();
            return !events.empty();
        });
        CHECK(events.front().kind == TreeEvent::Kind::lost);
        CHECK_THAT(events.front().why, contains_text("exit code 1"));
    }
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("arguments of any bytes, a megabyte of environment, and descriptors 0 to 2 only") {
    const TemporaryFolder folder;
    Launched launched;
    auto spec = shell(R"(printf %s "$1"; printf %s "$HL_BIG" | wc -c; ls /proc/$$/fd; true)", folder);
    spec.child.argv.insert(spec.child.argv.end(), {"sh", "\xff\xfe \"\n\x80"});
    Environment env = Environment::current();
    // One string may have 128 KiB; eight of them.
    for (int i = 0; i < 8; ++i) env.set("HL_PAD" + std::to_string(i), std::string(120'000, 'x'));
    env.set("HL_BIG", std::string(100'000, 'y'));
    spec.child.env = env.list();
    for (int i = 0; i < 2; ++i) {
        std::filesystem::remove(folder / "out");
        // An exec of so much may find the pipe closed late; the event is what counts.
        (void)launched.started(0, spec);
        CHECK(launched.next().status.ok());
        CHECK(read_text(folder / "out") ==
              "\xff\xfe \"\n\x80"
              "100000\n0\n1\n2\n");
    }
    spec.child.env.emplace_back("HL_HUGE=" + std::string(10'000'000, 'z'));
    launched->start(0, spec);
    CHECK_THAT(launched.next().why, contains_text("failed while executing it: Argument list too long"));
}

TEST_CASE("daemons that a root leaves are ended after it, and shared memory with them") {
    const TemporaryFolder folder;
    const std::string prefix = "hl_test_" + std::to_string(::getpid()) + "_";
    std::ofstream(shared_memory_folder / (prefix + "a")) << "x";
    std::ofstream(shared_memory_folder / ("sem." + prefix + "b")) << "x";
    std::ofstream(shared_memory_folder / ("not" + prefix)) << "x";
    Launched launched;
    auto spec = shell("echo x >temporary/file; " + daemons + "exit 5", folder);
    spec.shm_prefix = prefix;
    spec.temporary_folder = (folder / "temporary").native();
    (void)launched.started(0, spec);
    const auto ended = launched.next();
    CHECK(ended.kind == TreeEvent::Kind::ended);
    CHECK(ended.status.text() == "exit code 5");
    CHECK(ended.left_behind >= 2);
    CHECK(ended.survivors == 0);
    CHECK(ended.shared_memory_removed == 2);
    CHECK(living().size() == 1);  // the reaper
    CHECK_FALSE(std::filesystem::exists(spec.temporary_folder));
    CHECK(std::filesystem::remove(shared_memory_folder / ("not" + prefix)));
    CHECK(list_shared_memory(std::vector{prefix, "sem." + prefix}).empty());
}

TEST_CASE("what ends right after its root is not left behind") {
    const TemporaryFolder folder;
    Launched launched;
    (void)launched.started(0, shell("sh -c 'sleep 0.02; echo late' & exit 0", folder));
    CHECK(launched.next().left_behind == 0);
    CHECK(read_text(folder / "out") == "late\n");
}

TEST_CASE("stop: INT, TERM, KILL, one after the other; kill: at once") {
    const TemporaryFolder folder;
    Launched launched;
    SECTION("who obeys INT gets nothing harder") {
        auto spec = shell(R"(trap 'exit 130' INT; touch ready; while :; do sleep 0.01; done)", folder);
        spec.grace = {.interrupt = 20s, .terminate = 20s, .kill = 20s};
        (void)launched.started(0, spec);
        await(folder / "ready");
        launched->stop(0);
        CHECK(launched.next().status.text() == "exit code 130");
    }
    SECTION("then TERM, also to who is stopped") {
        (void)launched.started(
            0, shell(R"(trap '' INT; trap 'exit 3' TERM; touch ready; while :; do sleep 0.01; done)", folder));
        await(folder / "ready");
        for (const auto& process : living())
            if (process.comm == "sh") ::kill(process.pid, SIGSTOP);
        launched->stop(0);
        launched->stop(0);
        CHECK(launched.next().status.text() == "exit code 3");
    }
    SECTION("then KILL") {
        (void)launched.started(0, shell("trap '' INT TERM; " + daemons + "while :; do sleep 1; done", folder));
        await(folder / "one");
        await(folder / "two");
        launched->stop(0);
        const auto ended = launched.next();
        CHECK(ended.status.text() == "signal 9 (Killed)");
        CHECK(ended.survivors == 0);
    }
    SECTION("kill, after a stop that would take long") {
        auto spec = shell("trap '' INT TERM; " + daemons + "while :; do sleep 1; done", folder);
        spec.grace = {.interrupt = 100s, .terminate = 100s, .kill = 10s};
        (void)launched.started(0, spec);
        await(folder / "one");
        await(folder / "two");
        launched->stop(0);
        launched->kill(0);
        CHECK(launched.next().status.text() == "signal 9 (Killed)");
    }
    CHECK(living().size() == 1);
    launched->stop(0);  // nothing runs: nothing happens
    launched->kill(9);
    (void)launched.started(0, shell("exit 0", folder));
    CHECK(launched.next().status.ok());
}

TEST_CASE("the launcher's end ends the trees and the reapers") {
    const TemporaryFolder folder;
    Launched launched;
    (void)launched.started(0, shell("trap '' INT TERM; " + daemons + "while :; do sleep 1; done", folder));
    await(folder / "two");
    (void)launched.started(1, shell("exec sleep 100", folder));
    for (const auto& process : living())
        if (process.comm == "hlaunch-reaper") ::kill(process.pid, SIGSTOP);
    launched.end();
    CHECK(living().empty());
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("a reaper whose socket closes ends its tree, removes its shared memory and goes") {
    const TemporaryFolder folder;
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    UniqueFd ours(ends[0]);
    UniqueFd other(ends[1]);
    ChildSpec program;
    program.argv = {HLAUNCH_TEST_REAPER, "reaper", "3"};
    program.env = Environment::current().list();
    program.handed_over = {other.get(), -1};
    const Child reaper = spawn(program);
    other.reset();
    auto spec = shell("trap '' INT TERM; " + daemons + "touch all; while :; do sleep 1; done", folder);
    spec.shm_prefix = "hl_test_" + std::to_string(::getpid()) + "_";
    spec.temporary_folder = (folder / "temporary").native();
    std::ofstream(shared_memory_folder / (spec.shm_prefix + "a")) << "x";
    const auto frame = encode_start(spec);
    REQUIRE(::write(ours.get(), frame.data(), frame.size()) == static_cast<ssize_t>(frame.size()));
    SECTION("closed") {
        await(folder / "all");
        ours.reset();
    }
    SECTION("closed at once: the request is still in the socket") {
        ours.reset();
    }
    SECTION("torn") {
        await(folder / "all");
        REQUIRE(::write(ours.get(), frame.data(), 11) == 11);
        ours.reset();
    }
    SECTION("nonsense") {
        await(folder / "all");
        REQUIRE(::write(ours.get(), "\xff\xff\xff\xff", 4) == 4);
    }
    SECTION("told to end by a signal") {
        await(folder / "all");
        ::kill(reaper.pid, GENERATE(SIGTERM, SIGINT, SIGHUP));
    }
    CHECK(wait(reaper.pid).ok());
    CHECK(living().empty());
    CHECK_FALSE(std::filesystem::exists(shared_memory_folder / (spec.shm_prefix + "a")));
}

TEST_CASE("signals that schedulers send to all processes of a job do not end a reaper") {
    const TemporaryFolder folder;
    Launched launched;
    const auto begun = launched.started(0, shell("while ! [ -e go ]; do sleep 0.01; done", folder));
    for (const int number : {SIGUSR1, SIGUSR2, SIGALRM, SIGPIPE, SIGTSTP, SIGXCPU}) ::kill(begun.reaper, number);
    std::ofstream(folder / "go") << "";
    CHECK(launched.next().status.ok());
    CHECK(launched.started(0, shell("exit 0", folder)).reaper == begun.reaper);
    CHECK(launched.next().status.ok());
}

TEST_CASE("a killed reaper: its tree is lost, nothing of it lives, and the next start works") {
    const TemporaryFolder folder;
    Launched launched;
    const auto other = launched.started(1, shell("while ! [ -e go ]; do sleep 0.01; done", folder));
    auto spec = shell("trap '' INT TERM; " + daemons + "touch all; while :; do sleep 1; done", folder);
    spec.shm_prefix = "hl_test_" + std::to_string(::getpid()) + "_";
    std::ofstream(shared_memory_folder / (spec.shm_prefix + "a")) << "x";
    const auto begun = launched.started(0, spec);
    await(folder / "all");
    ::kill(begun.reaper, SIGKILL);
    const auto lost = launched.next();
    CHECK(lost.kind == TreeEvent::Kind::lost);
    CHECK(lost.slot == 0);
    CHECK(lost.pid == begun.pid);
    CHECK(lost.shared_memory_removed == 1);
    CHECK(lost.survivors == 0);
    CHECK_THAT(lost.why, contains_text("signal 9 (Killed)"));
    for (const auto& process : living())
        CHECK((process.pid == other.reaper || process.ppid == other.reaper || process.ppid == other.pid));
    std::ofstream(folder / "go") << "";
    CHECK(launched.next().status.ok());
    // And one that is killed while it has nothing to do.
    const auto again = launched.started(0, shell("exit 0", folder));
    CHECK(again.reaper != begun.reaper);
    CHECK(launched.next().status.ok());
    ::kill(again.reaper, SIGKILL);
    await([&] { return !read_process(again.reaper) || read_process(again.reaper)->dead(); });
    CHECK(launched.started(0, shell("exit 0", folder)).reaper != again.reaper);
    CHECK(launched.next().status.ok());
    launched.end();
    CHECK(living().empty());
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("a stopped reaper is let go on by a stop") {
    const TemporaryFolder folder;
    Launched launched;
    const auto begun = launched.started(0, shell("exec sleep 100", folder));
    ::kill(begun.reaper, SIGSTOP);
    await([&] { return read_process(begun.reaper)->state == 'T'; });
    launched->stop(0);
    CHECK(launched.next().status.text() == "signal 2 (Interrupt)");
}

// Bounded by a count in a file: RLIMIT_NPROC does not bind root.
TEST_CASE("processes that fork as fast as they are killed are all ended") {
    const bool by_signal = GENERATE(false, true), in_group = GENERATE(false, true);
    std::optional<DelegatedGroup> delegated;
    if (in_group) {
        delegated.emplace();
        if (!delegated->ready()) {
            WARN("skipped: no cgroup can be made here");
            return;
        }
    }
    const TemporaryFolder folder;
    std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
    Launched launched;
    SECTION("a tree that grows") {
        std::ofstream(folder / "bomb") << "trap '' INT TERM\necho >>count\n"
                                          "[ $(wc -l <count) -gt 300 ] || { sh bomb & sh bomb & }\nwait\nsleep 1000\n";
        (void)launched.started(0, shell("sh bomb", folder));
    }
    SECTION("a chain: each starts the next and ends") {
        std::ofstream(folder / "bomb")
            << "trap '' INT TERM\necho >>count\n[ $(wc -l <count) -gt 20000 ] || sh bomb & exit\n";
        (void)launched.started(0, shell("sh bomb; while :; do sleep 1; done", folder));
    }
    SECTION("up to the limit of processes, of another user") {
        if (::geteuid() != 0 || !find_program("setpriv", "/usr/bin:/bin") ||
            !find_program("prlimit", "/usr/bin:/bin")) {
            WARN("skipped: needs root, setpriv and prlimit");
            return;
        }
        std::ofstream(folder / "bomb") << "bomb() { echo >>count; bomb & bomb & bomb; }\nbomb\n";
        (void)launched.started(
            0, shell("exec prlimit --nproc=200 setpriv --reuid 54321 --clear-groups sh -c 'sh bomb & exec sleep 1000'",
                     folder));
        await([&] { return try_read_text(folder / "err").value_or("").find("fork") != std::string::npos; });
    }
    await([&] { return try_read_text(folder / "count").value_or("").size() > 100; });
    if (by_signal) {
        for (const auto& process : living())
            if (process.comm == "hlaunch-reaper") ::kill(process.pid, SIGKILL);
    } else {
        launched->kill(0);
    }
    const auto ended = launched.next();
    CHECK(ended.kind == (by_signal ? TreeEvent::Kind::lost : TreeEvent::Kind::ended));
    CHECK(ended.survivors == 0);
    CHECK(living().size() == (by_signal ? 0U : 1U));
    if (delegated) CHECK(delegated->groups_below() == (by_signal ? 0U : 1U));
    launched.end();
    if (delegated) CHECK(delegated->groups_below() == 0);
}
