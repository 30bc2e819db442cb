#include "run/states/outcome.h"

#include <csignal>

#include "catch.h"

using namespace hlaunch;

namespace {

EndFacts ended(bool signalled, int code) {
    EndFacts facts;
    facts.status = {.signalled = signalled, .code = code};
    return facts;
}

}  // namespace

TEST_CASE("an end is told apart by what is known of it", "[outcome]") {
    CHECK(classify(ended(false, 0)) == Outcome::done);
    CHECK(classify(ended(false, 1)) == Outcome::crashed);
    CHECK(classify(ended(true, SIGSEGV)) == Outcome::crashed);
    CHECK(classify(ended(true, SIGKILL)) == Outcome::killed);
    CHECK(classify(ended(true, SIGTERM)) == Outcome::killed);
    CHECK(classify(ended(false, 128 + SIGTERM)) == Outcome::killed);
    CHECK(classify(ended(true, SIGXFSZ)) == Outcome::disk_full);
}

TEST_CASE("a kill counted by the kernel, or at the placement's limit, is out of memory", "[outcome]") {
    auto facts = ended(true, SIGKILL);
    facts.oom_kills = 1;
    CHECK(classify(facts) == Outcome::out_of_memory);
    facts.oom_kills = 0;
    facts.memory_bytes = 1000;
    facts.peak_resident_bytes = 899;
    CHECK(classify(facts) == Outcome::killed);
    facts.peak_resident_bytes = 900;
    CHECK(classify(facts) == Outcome::out_of_memory);
    // A worker's kill that its parent passed on as 137, as a shell does.
    facts.status = {.signalled = false, .code = 137};
    CHECK(classify(facts) == Outcome::out_of_memory);
    facts.status = {.signalled = true, .code = SIGSEGV};
    CHECK(classify(facts) == Outcome::crashed);
}

TEST_CASE("what we stopped is told by why; what ended well before the stop is done", "[outcome]") {
    for (const auto& [reason, outcome] :
         {std::pair{StopReason::user, Outcome::stopped}, std::pair{StopReason::deadline, Outcome::stopped},
          std::pair{StopReason::time_limit, Outcome::time_limit}, std::pair{StopReason::memory, Outcome::out_of_memory},
          std::pair{StopReason::disk, Outcome::disk_full}}) {
        auto facts = ended(true, SIGINT);
        facts.stopped = reason;
        CHECK(classify(facts) == outcome);
        facts.status = {};
        CHECK(classify(facts) == Outcome::done);
    }
}

TEST_CASE("failed starts, lost trees and a full disk", "[outcome]") {
    EndFacts facts;
    facts.start_failed = true;
    facts.why = "binding to CPUs 0-3 failed";
    CHECK(classify(facts) == Outcome::binding_refused);
    facts.why = "starting 'x' failed: no such program in PATH";
    CHECK(classify(facts) == Outcome::start_failed);
    facts = {};
    facts.lost = true;
    CHECK(classify(facts) == Outcome::lost);
    facts = ended(false, 1);
    facts.free_disk_bytes = 4096;
    CHECK(classify(facts) == Outcome::disk_full);
}

TEST_CASE("outcomes keep their names", "[outcome]") {
    for (int i = 0; i < outcomes; ++i) {
        const auto outcome = static_cast<Outcome>(i);
        CHECK(parse_outcome(to_string(outcome)) == outcome);
        CHECK((outcome == Outcome::done) == remedy_of(outcome).empty());
    }
    CHECK(!parse_outcome("eaten by the dog"));
}
