#include "job/nodes/claims.h"

#include <fstream>
#include <memory>

#include "catch.h"
#include "os/files/file.h"
#include "run/journal/journal_lock.h"
#include "support/hand_clock.h"
#include "support/temporary_folder.h"

using namespace hlaunch;

namespace {

// A worker at work: its journal is locked.
struct Worker {
    Worker(const RunFolder& run, const std::string& name, const std::string& job, Clock& clock)
        : claims(run, name, job, clock) {
        std::filesystem::create_directories(run.worker(name));
        lock = std::make_unique<JournalLock>(RunFolder{run.worker(name)}.lock(), clock);
    }
    Claims claims;
    std::unique_ptr<JournalLock> lock;

    std::vector<unsigned> take(std::vector<unsigned> wanted) {
        return claims.take([&](const std::set<unsigned>& taken) {
            std::erase_if(wanted, [&](unsigned shard) { return taken.contains(shard); });
            return wanted;
        });
    }
};

using Shards = std::vector<unsigned>;

}  // namespace

TEST_CASE("no shard is claimed twice while its worker lives; of a dead one it is free") {
    const TemporaryFolder folder(true);
    HandClock clock;
    const RunFolder run{folder.path().string()};
    Worker a(run, "a", "job", clock), b(run, "b", "job", clock);
    CHECK(a.take({0, 1, 2}) == Shards{0, 1, 2});
    CHECK(b.take({2, 3}) == Shards{3});
    // Claimed anew: what it had before is its own, to be chosen again or not.
    CHECK(a.take({1}) == Shards{1});
    CHECK(b.take({0, 1, 2, 3}) == Shards{0, 2, 3});
    a.lock.reset();
    CHECK(b.take({0, 1}) == Shards{0, 1});
}

TEST_CASE("what failed is not tried by another worker of the same job, but by the next job") {
    const TemporaryFolder folder(true);
    HandClock clock;
    const RunFolder run{folder.path().string()};
    Worker a(run, "a", "first", clock), b(run, "b", "first", clock), c(run, "c", "second", clock);
    CHECK(a.take({0, 1}) == Shards{0, 1});
    a.claims.give_up({1});
    a.lock.reset();
    CHECK(b.take({0, 1}) == Shards{0});
    b.lock.reset();
    CHECK(c.take({0, 1}) == Shards{0, 1});
}

TEST_CASE("what others draw is told while they live") {
    const TemporaryFolder folder(true);
    HandClock clock;
    const RunFolder run{folder.path().string()};
    Worker a(run, "a", "job", clock), b(run, "b", "job", clock), c(run, "c", "job", clock);
    CHECK(a.claims.drawn_by_others().empty());
    CHECK(a.take({0}) == Shards{0});
    CHECK(b.take({1, 2}) == Shards{1, 2});
    CHECK(c.take({3}) == Shards{3});
    c.claims.give_up({3});
    CHECK(a.claims.drawn_by_others() == std::map<unsigned, std::string>{{1, "b"}, {2, "b"}});
    b.lock.reset();
    CHECK(a.claims.drawn_by_others().empty());
}

TEST_CASE("a damaged file of claims claims nothing") {
    const TemporaryFolder folder(true);
    HandClock clock;
    const RunFolder run{folder.path().string()};
    Worker a(run, "a", "job", clock);
    for (const char* text :
         {"", "{", "[]", R"({"claims": 5})", R"({"claims": [5, {"shard": -1}, {"shard": "x"}, null]})"}) {
        std::ofstream(run.claims()) << text;
        CHECK(a.take({0}) == Shards{0});
    }
    CHECK_FALSE(std::filesystem::exists(run.claims() + ".lock"));
}
