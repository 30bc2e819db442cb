#include "run/states/guards.h"

#include "catch.h"

using namespace hlaunch;
using namespace std::chrono_literals;

TEST_CASE("short memory holds starts and stops the newest of several", "[guards]") {
    MemoryGuard guard;
    CHECK(guard.advise(50, 100, 2) == MemoryAdvice::go_on);
    CHECK(guard.advise(9, 100, 2) == MemoryAdvice::start_no_more);
    CHECK(guard.advise(11, 100, 2) == MemoryAdvice::start_no_more);
    CHECK(guard.advise(13, 100, 2) == MemoryAdvice::go_on);
    CHECK(guard.advise(11, 100, 2) == MemoryAdvice::go_on);
    CHECK(guard.advise(2, 100, 2) == MemoryAdvice::stop_newest);
    CHECK(guard.advise(2, 100, 1) == MemoryAdvice::start_no_more);
    CHECK(guard.advise(2, 100, 0) == MemoryAdvice::go_on);
    CHECK(guard.advise(9, 100, 0) == MemoryAdvice::go_on);
    CHECK(guard.advise(0, 0, 2) == MemoryAdvice::go_on);
}

TEST_CASE("bytes and inodes run out", "[guards]") {
    CHECK(advise_disk(1ULL << 30U, {}) == DiskAdvice::go_on);
    CHECK(advise_disk(disk_low_bytes - 1, {}) == DiskAdvice::start_no_more);
    CHECK(advise_disk(disk_full_bytes - 1, {}) == DiskAdvice::stop_all);
    CHECK(advise_disk(1ULL << 30U, inodes_low - 1) == DiskAdvice::start_no_more);
    CHECK(advise_disk(1ULL << 30U, inodes_full - 1) == DiskAdvice::stop_all);
}

TEST_CASE("an instance that neither computes nor writes is told once", "[guards]") {
    StuckWatch watch(60s);
    const Clock::Time zero{};
    CHECK(!watch.look(zero, 1.0, 10));
    CHECK(!watch.look(zero + 59s, 1.01, 10));
    CHECK(watch.look(zero + 60s, 1.01, 10));
    CHECK(!watch.look(zero + 61s, 1.01, 10));
    CHECK(!watch.look(zero + 62s, 1.01, 11));
    CHECK(watch.look(zero + 122s, 1.01, 11));
    CHECK(!watch.look(zero + 123s, 2.0, 11));
}
