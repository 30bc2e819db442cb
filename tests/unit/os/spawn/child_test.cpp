#include "os/spawn/child.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "base/error.h"
#include "catch.h"
#include "os/files/file.h"
#include "os/process/environment.h"
#include "os/process/process_info.h"
#include "os/spawn/child_events.h"
#include "support/temporary_folder.h"

using namespace hlaunch;

namespace {

ChildSpec shell(const std::string& script, const TemporaryFolder& folder) {
    ChildSpec spec;
    spec.argv = {"sh", "-c", script};
    spec.env = Environment::current().list();
    spec.cwd = folder.path();
    spec.stdout_path = folder / "out";
    spec.stderr_path = folder / "err";
    return spec;
}

std::string refusal(const ChildSpec& spec) {
    try {
        (void)spawn(spec);
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::infrastructure);
        return error.what();
    }
    return "started";
}

// Puts one signal to SIG_IGN and blocks another for as long as it lives.
class BadInheritance {
  public:
    BadInheritance() : old_(std::signal(SIGINT, SIG_IGN)) {
        sigset_t blocked;
        ::sigemptyset(&blocked);
        ::sigaddset(&blocked, SIGTERM);
        ::sigprocmask(SIG_BLOCK, &blocked, &mask_);
    }
    ~BadInheritance() {
        std::signal(SIGINT, old_);
        ::sigprocmask(SIG_SETMASK, &mask_, nullptr);
    }
    BadInheritance(const BadInheritance&) = delete;
    BadInheritance& operator=(const BadInheritance&) = delete;

  private:
    void (*old_)(int);
    sigset_t mask_{};
};

}  // namespace

TEST_CASE("a child gets its arguments, environment, folder and files, and its exit code comes back") {
    const TemporaryFolder folder;
    ChildSpec spec = shell(R"(pwd -P; echo "$HL_TEST"; cat; echo "$1" >&2; exit 7)", folder);
    spec.argv.insert(spec.argv.end(), {"sh", "a \"b\" $c\n"});
    Environment env = Environment::current();
    env.set("HL_TEST", "x=y z");
    spec.env = env.list();
    const Child child = spawn(spec);
    CHECK(wait(child.pid).text() == "exit code 7");
    CHECK(read_text(folder / "out") == canonical_path(folder.path()).native() + "\nx=y z\n");
    CHECK(read_text(folder / "err") == "a \"b\" $c\n\n");
    CHECK_FALSE(Environment::current().get("HL_TEST"));
    // A second run appends: a restart does not wipe out the first one's log.
    CHECK(wait(spawn(spec).pid).code == 7);
    CHECK(read_text(folder / "err") == "a \"b\" $c\n\na \"b\" $c\n\n");
}

TEST_CASE("signals of a child are all default and unblocked, whatever we inherited") {
    const TemporaryFolder folder;
    const BadInheritance bad;
    ChildSpec spec = shell("", folder);
    spec.argv = {"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"};
    CHECK(wait(spawn(spec).pid).ok());
    CHECK(read_text(folder / "out") == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_CASE("a child has no descriptor of ours") {
    const TemporaryFolder folder;
    const UniqueFd leak(::open("/dev/null", O_RDONLY));  // without O_CLOEXEC
    REQUIRE(leak);
    // Listed by another process while the shell waits: a program that is just being loaded has its libraries open.
    CHECK(wait(spawn(shell("ls /proc/$$/fd; true", folder)).pid).ok());
    CHECK(read_text(folder / "out") == "0\n1\n2\n");
}

TEST_CASE("a child leads its own session") {
    const TemporaryFolder folder;
    ChildSpec spec = shell("exec sleep 100", folder);
    const Child child = spawn(spec);
    const auto info = read_process(child.pid);
    REQUIRE(info);
    CHECK(info->session == child.pid);
    CHECK_FALSE(try_wait(child.pid));
    ::kill(child.pid, SIGTERM);
    CHECK(wait(child.pid).text() == "signal 15 (Terminated)");
    CHECK_THROWS_AS(try_wait(child.pid), Error);
}

TEST_CASE("each failure to start names its stage, its object and the reason") {
    const TemporaryFolder folder;
    ChildSpec spec = shell("true", folder);
    SECTION("no such program") {
        spec.argv = {"hlaunch-no-such-program"};
        CHECK(refusal(spec).find("no such program in PATH") != std::string::npos);
    }
    SECTION("no such folder") {
        spec.cwd = folder / "missing";
        CHECK(refusal(spec) == "starting 'sh' in '" + spec.cwd.native() +
                                   "' failed while changing to that folder: No such file or directory; "
                                   "check that it exists");
    }
    SECTION("output cannot be opened") {
        spec.stdout_path = folder / "missing/out";
        CHECK(refusal(spec).find("missing/out' as its standard output: No such file") != std::string::npos);
    }
    SECTION("error output is a folder") {
        spec.stderr_path = folder.path();
        CHECK(refusal(spec).find("as its standard error: Is a directory") != std::string::npos);
    }
    SECTION("input is missing") {
        spec.stdin_path = folder / "missing";
        CHECK(refusal(spec).find("as its standard input: No such file") != std::string::npos);
    }
    SECTION("not executable") {
        spec.argv = {"/etc/passwd"};
        CHECK(refusal(spec).find("failed while executing it: Permission denied") != std::string::npos);
    }
    SECTION("binding") {
        spec.binding = Binding{.cpus = {affinity_of(0).back() + 1}, .mems = {}, .policy = MemPolicy::bind};
        CHECK(refusal(spec).find("binding to CPUs") != std::string::npos);
    }
    SECTION("no more descriptors") {
        struct rlimit old {};
        ::getrlimit(RLIMIT_NOFILE, &old);
        const struct rlimit none { 3, old.rlim_max };
        ::setrlimit(RLIMIT_NOFILE, &none);
        const std::string text = refusal(spec);
        ::setrlimit(RLIMIT_NOFILE, &old);
        CHECK(text.find("while making a pipe: Too many open files") != std::string::npos);
    }
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);  // nothing is left to reap
}

TEST_CASE("words that are too long for the kernel are told with their length") {
    const TemporaryFolder folder;
    auto spec = shell("true", folder);
    spec.argv.push_back(std::string(200000, 'x'));
    CHECK_THAT(refusal(spec), contains_text("word 4 of the command is 200000 bytes long"));
    spec.argv.assign(300, std::string(100000, 'x'));
    spec.argv.front() = "true";
    CHECK_THAT(refusal(spec), contains_text("the command is 29902704 bytes long and its environment"));
}

TEST_CASE("a bound child runs where it was told to") {
    const TemporaryFolder folder;
    const unsigned cpu = affinity_of(0).back();
    ChildSpec spec = shell("exec sleep 100", folder);
    spec.binding = Binding{.cpus = {cpu}, .mems = {}, .policy = MemPolicy::bind};
    const Child child = spawn(spec);
    CHECK(affinity_of(child.pid) == IdSet{cpu});
    ::kill(child.pid, SIGKILL);
    CHECK(wait(child.pid).shell_code() == 137);
}

TEST_CASE("a script without an interpreter line is run by sh, as a shell would") {
    const TemporaryFolder folder;
    std::ofstream(folder / "script") << "echo ran \"$1\"\n";
    std::filesystem::permissions(folder / "script", std::filesystem::perms::owner_all);
    ChildSpec spec = shell("", folder);
    spec.argv = {"./script", "with this"};
    CHECK(wait(spawn(spec).pid).ok());
    CHECK(read_text(folder / "out") == "ran with this\n");
}

TEST_CASE("programs are found along PATH as a shell finds them") {
    const TemporaryFolder folder;
    ensure_directory(folder / "a/tool");  // a folder of that name is passed over
    ensure_directory(folder / "b");
    std::ofstream(folder / "b/tool") << "#!/bin/sh\n";
    CHECK_FALSE(find_program("tool", (folder / "a").native() + ":" + (folder / "b").native()));
    std::filesystem::permissions(folder / "b/tool", std::filesystem::perms::owner_all);
    CHECK(find_program("tool", (folder / "a").native() + ":" + (folder / "b").native()) ==
          (folder / "b/tool").native());
    CHECK(find_program("tool", "/nowhere:", folder / "b") == "./tool");
    CHECK(find_program("dir/tool", "/nowhere") == "dir/tool");
    CHECK_FALSE(find_program("tool", "/nowhere"));
    ensure_directory(folder / "c");
    std::ofstream(folder / "c/tool") << "#!/bin/sh\n";  // not executable: passed over, too
    CHECK(find_program("tool", (folder / "c").native() + ":" + (folder / "b").native()) ==
          (folder / "b/tool").native());
    std::filesystem::create_symlink(folder / "b/tool", folder / "c/link");  // a virtual environment is known by its own
    CHECK(find_program("link", (folder / "c").native()) == (folder / "c/link").native());
}

TEST_CASE("events: the end of a child, a signal, a timeout; afterwards all is as before") {
    const TemporaryFolder folder;
    sigset_t before;
    ::sigprocmask(SIG_BLOCK, nullptr, &before);
    {
        ChildEvents events;
        const Child child = spawn(shell("exit 3", folder));
        const Child sleeper = spawn(shell("exec sleep 100", folder));
        const std::array watched{sleeper.pidfd.get(), child.pidfd.get()};
        bool ended = false;
        while (!ended) {
            const auto seen = events.wait(watched, std::nullopt);
            ended = seen.ready == std::vector<std::size_t>{1};
        }
        CHECK(wait(child.pid).code == 3);
        (void)events.wait({}, Clock::Duration::zero());  // the SIGCHLD
        ::kill(::getpid(), SIGTERM);
        CHECK(events.wait({}, std::nullopt).signals == std::vector<int>{SIGTERM});
        const auto nothing = events.wait(std::array{sleeper.pidfd.get()}, std::chrono::milliseconds(1));
        CHECK(nothing.signals.empty());
        CHECK(nothing.ready.empty());
        ::kill(sleeper.pid, SIGKILL);
        (void)wait(sleeper.pid);
    }
    sigset_t after;
    ::sigprocmask(SIG_BLOCK, nullptr, &after);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD})
        CHECK(::sigismember(&before, signal) == ::sigismember(&after, signal));
}
