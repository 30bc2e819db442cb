#include "run/states/guards.h"

#include <vector>

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

TEST_CASE("an instance that hardly computes or writes is told once", "[guards]") {
    StuckWatch watch(100s);
    const Clock::Time zero{};
    CHECK(!watch.look(zero, 1.0, 10));
    CHECK(!watch.look(zero + 99s, 1.99, 10));
    CHECK(watch.look(zero + 100s, 1.99, 10));
    CHECK(!watch.look(zero + 101s, 1.99, 10));
    CHECK(!watch.look(zero + 102s, 1.99, 10 + stuck_output_bytes));
    CHECK(watch.look(zero + 202s, 1.99, 10 + stuck_output_bytes));
    CHECK(!watch.look(zero + 203s, 3.0, 10 + stuck_output_bytes));
    CHECK(!watch.look(zero + 204s, 3.0, 0));  // a log that is begun anew
}

TEST_CASE("threads that wake to look at a clock and log a line a minute do not hide a hang", "[guards]") {
    StuckWatch stuck(10min), slow(10min);
    const Clock::Time zero{};
    std::vector<int> told;
    for (int second = 0; second <= 27 * 60; ++second) {
        const auto now = zero + std::chrono::seconds(second);
        // 0.4 % of a CPU, which progress shows as 0 %.
        if (stuck.look(now, 30.0 + 0.004 * second, 80U * (static_cast<unsigned>(second) / 60U))) told.push_back(second);
        CHECK(!slow.look(now, 30.0 + 0.011 * second, 0));  // one that reads from a slow disk
    }
    CHECK(told == std::vector{10 * 60});
}
