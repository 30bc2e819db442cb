#include "run/journal/journal_lock.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <functional>

#include "base/error.h"
#include "catch.h"
#include "os/files/file.h"
#include "os/files/private_lock.h"
#include "os/host/host.h"
#include "os/process/process_info.h"
#include "support/hand_clock.h"
#include "support/temporary_folder.h"

using namespace hlaunch;

namespace {

// A process that does this and then waits to be killed; returns when it has done it.
class Helper {
  public:
    explicit Helper(const std::function<void()>& work) {
        std::array<int, 2> ready{};
        if (::pipe(ready.data()) != 0) throw std::runtime_error("pipe");
        pid_ = ::fork();
        if (pid_ == 0) {
            try {
                work();
            } catch (...) {
                ::_exit(1);
            }
            static_cast<void>(!::write(ready[1], "x", 1));
            for (;;) ::pause();
        }
        ::close(ready[1]);
        char letter = 0;
        ok_ = ::read(ready[0], &letter, 1) == 1;
        ::close(ready[0]);
    }
    Helper(const Helper&) = delete;
    Helper& operator=(const Helper&) = delete;
    ~Helper() { kill_and_reap(); }
    void kill_only() const { ::kill(pid_, SIGKILL); }
    void kill_and_reap() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }
    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] pid_t pid() const { return pid_; }

  private:
    pid_t pid_ = 0;
    bool ok_ = false;
};

std::string refusal(const std::filesystem::path& path, Clock& clock) {
    try {
        const JournalLock lock(path, clock);
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::usage);
        return error.what();
    }
    return {};
}

LockOwner record(const HostIdentity& host, int pid, std::uint64_t ticks) {
    return {.process = {.host = host.name,
                        .boot_id = host.boot_id,
                        .pid_namespace = host.pid_namespace,
                        .pid = pid,
                        .start_ticks = ticks,
                        .folder_id = {}},
            .since = "2026-01-01T00:00:00.000Z",
            .nonce = "n"};
}

std::size_t entries(const TemporaryFolder& folder) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder.path()), {}));
}

void age(const std::filesystem::path& path, int seconds) {
    std::filesystem::last_write_time(path,
                                     std::filesystem::file_time_type::clock::now() - std::chrono::seconds(seconds));
}

}  // namespace

TEST_CASE("a lock is one's own until it is given back, and then leaves nothing") {
    const TemporaryFolder folder(true);
    HandClock clock;
    {
        const JournalLock lock(folder / "l", clock);
        const auto said = refusal(folder / "l", clock);
        CHECK_THAT(said, contains_text("pid " + std::to_string(getpid()) + " on " + read_host_identity().name));
        CHECK_THAT(said, contains_text("since 1970-01-01T00:00:00.000Z"));
        CHECK_THAT(said, contains_text("hlaunch stop"));
        CHECK(lock_status(folder / "l").state == LockState::held);
    }
    CHECK(entries(folder) == 0);
    CHECK(lock_status(folder / "l").state == LockState::free);
    CHECK_FALSE(lock_status(folder / "l").owner);
    CHECK(refusal(folder / "l", clock).empty());
}

TEST_CASE("the lock of a killed owner is free at once, also before it is reaped") {
    const TemporaryFolder folder(true);
    HandClock clock;
    for (const bool reaped : {false, true}) {
        Helper owner([&] { static_cast<void>(new JournalLock(folder / "l", clock)); });
        REQUIRE(owner.ok());
        CHECK_THAT(refusal(folder / "l", clock), contains_text("pid " + std::to_string(owner.pid())));
        if (reaped) {
            owner.kill_and_reap();
        } else {
            owner.kill_only();
            siginfo_t info{};
            ::waitid(P_PID, static_cast<id_t>(owner.pid()), &info, WEXITED | WNOWAIT);
        }
        CHECK(lock_status(folder / "l").state == LockState::free);
        CHECK(refusal(folder / "l", clock).empty());
        CHECK(entries(folder) == 0);
    }
}

TEST_CASE("a record of a reused pid, of another boot or of a silent host is taken over; a beating one is not") {
    const TemporaryFolder folder(true);
    HandClock clock;
    const auto here = read_host_identity();
    const auto ticks = read_process(getpid())->start_ticks;
    const auto put = [&](const LockOwner& owner) { std::ofstream(folder / "l") << owner.line(); };
    put(record(here, getpid(), ticks));
    CHECK_FALSE(refusal(folder / "l", clock).empty());
    put(record(here, getpid(), ticks + 1));
    CHECK(refusal(folder / "l", clock).empty());
    put(record({here.name, "another boot", here.pid_namespace}, getpid(), ticks));
    CHECK_FALSE(refusal(folder / "l", clock).empty());  // it may be another host of that name
    age(folder / "l", 61);
    CHECK(refusal(folder / "l", clock).empty());
    const auto other = record({"elsewhere", "its boot", "pid:[1]"}, 42, 1);
    put(other);
    age(folder / "l", 30);
    const auto said = refusal(folder / "l", clock);
    CHECK_THAT(said, contains_text("pid 42 on elsewhere since 2026-01-01T00:00:00.000Z, last sign 30 s ago"));
    age(folder / "l", 61);
    CHECK(refusal(folder / "l", clock).empty());
    std::ofstream(folder / "l") << "pid 1 on a host of an older hlaunch";
    CHECK_THAT(refusal(folder / "l", clock), contains_text("names no owner"));
    age(folder / "l", 61);
    CHECK(refusal(folder / "l", clock).empty());
    CHECK(entries(folder) == 0);
}

TEST_CASE("a journal that another has locked refuses, although the lock file is gone") {
    const TemporaryFolder folder(true);
    HandClock clock;
    PrivateLock theirs(folder / "j"), ours(folder / "j");
    const auto ask = [&] { return ours.try_lock(); };
    REQUIRE(theirs.try_lock() == AppendFile::Lock::ours);
    CHECK_THROWS_WITH(JournalLock(folder / "l", clock, ask), contains_text("although its l was removed"));
    CHECK(entries(folder) == 1);
    // One that came second lets go of it after a moment.
    unsigned asked = 0;
    const auto in_a_moment = [&] { return ++asked < 20 ? AppendFile::Lock::theirs : AppendFile::Lock::ours; };
    const JournalLock lock(folder / "l", clock, in_a_moment);
    CHECK(asked == 20);
}

TEST_CASE("an owner whose lock was taken over hears of it and does not give back the other's") {
    const TemporaryFolder folder(true);
    HandClock clock;
    const auto other = record({"elsewhere", "its boot", "pid:[1]"}, 42, 1);
    {
        JournalLock lock(folder / "l", clock);
        age(folder / "l", 50);
        lock.heartbeat();  // too early to do anything
        CHECK(lock_status(folder / "l").heartbeat_age_s.value_or(0.0) > 40.0);
        clock.sleep(std::chrono::seconds(10));
        lock.heartbeat();
        CHECK(lock_status(folder / "l").heartbeat_age_s.value_or(99.0) < 40.0);
        std::ofstream(folder / "l") << other.line();
        clock.sleep(std::chrono::seconds(10));
        std::string said;
        try {
            lock.heartbeat();
        } catch (const Error& error) {
            CHECK(error.code() == ExitCode::infrastructure);
            said = error.what();
        }
        CHECK_THAT(said, contains_text("pid 42 on elsewhere took it over"));
    }
    CHECK(read_text(folder / "l") == other.line());
}

TEST_CASE("of eight that race for a free or a stale lock one wins, each time") {
    HandClock clock;
    const auto stale = record({read_host_identity().name, "another boot", ""}, 42, 1);
    for (int round = 0; round < 60; ++round) {
        const TemporaryFolder folder(true);
        if (round % 3 != 0) {
            std::ofstream(folder / "l") << stale.line();
            age(folder / "l", 61);
        }
        // A former taker died in the middle of taking it over.
        if (round % 3 == 2)
            Helper([&] {
                const JournalLock mine(folder / "x", clock);
                std::filesystem::rename(folder / "x", folder / "l");
            }).kill_and_reap();
        std::array<int, 2> go{}, won{};
        REQUIRE(::pipe(go.data()) == 0);
        REQUIRE(::pipe(won.data()) == 0);
        std::array<pid_t, 8> pids{};
        for (auto& pid : pids) {
            pid = ::fork();
            if (pid != 0) continue;
            ::close(go[1]);
            char letter = 0;
            static_cast<void>(!::read(go[0], &letter, 1));  // until the other end is closed
            try {
                static_cast<void>(new JournalLock(folder / "l", clock));
                static_cast<void>(!::write(won[1], "w", 1));
            } catch (const Error& error) {
                static_cast<void>(!::write(won[1], error.code() == ExitCode::usage ? "l" : "?", 1));
            }
            for (;;) ::pause();
        }
        ::close(go[0]);
        ::close(go[1]);
        std::string outcome;
        for (std::size_t i = 0; i < pids.size(); ++i) {
            char letter = 0;
            REQUIRE(::read(won[0], &letter, 1) == 1);
            outcome += letter;
        }
        for (const pid_t pid : pids) {
            ::kill(pid, SIGKILL);
            ::waitpid(pid, nullptr, 0);
        }
        for (const int fd : {won[0], won[1]}) ::close(fd);
        std::sort(outcome.begin(), outcome.end());
        REQUIRE(outcome == "lllllllw");
        REQUIRE(entries(folder) == 1);  // the winner's record, and no marks
        REQUIRE(refusal(folder / "l", clock).empty());
    }
}
