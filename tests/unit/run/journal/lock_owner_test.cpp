#include "run/journal/lock_owner.h"

#include "catch.h"

using namespace hlaunch;

namespace {

RunOwner process_on(const char* host, const char* boot_id, const char* pid_namespace, const char* folder_id = "1:2") {
    return {.host = host,
            .boot_id = boot_id,
            .pid_namespace = pid_namespace,
            .pid = 42,
            .start_ticks = 1000,
            .folder_id = folder_id};
}

const RunOwner here = process_on("node1", "boot-1", "pid:[1]");

LockOwner owner_on(RunOwner process) {
    return {.process = std::move(process), .since = "2026-01-01T00:00:00.000Z", .nonce = "n"};
}

OwnerSigns signs_of(bool exists, std::optional<std::uint64_t> ticks, std::optional<double> age_s,
                    AppendFile::Lock flock = AppendFile::Lock::none) {
    return {.here = here, .process_exists = exists, .start_ticks = ticks, .heartbeat_age_s = age_s, .flock = flock};
}

}  // namespace

TEST_CASE("an owner's record is read back; anything else is no record") {
    const auto owner = owner_on(here);
    const auto read = parse_lock_owner(owner.line());
    REQUIRE(read);
    CHECK(read->line() == owner.line());
    for (const char* text : {"", "pid 1 on node", R"({"pid":5})", "[]", "1", "{}",
                             R"({"host":"a","boot_id":"b","since":"c","pid":0,"start_ticks":1})",
                             R"({"host":"a","boot_id":"b","since":"c","pid":-1,"start_ticks":1})",
                             R"({"host":"a","boot_id":"b","since":"c","pid":99999999999,"start_ticks":1})",
                             R"({"host":1,"boot_id":"b","since":"c","pid":1,"start_ticks":1})"})
        CHECK_FALSE(parse_lock_owner(text));
}

TEST_CASE("on the same kernel the process tells, whatever heartbeat and host name say") {
    const auto owner = owner_on(here);
    CHECK(judge(owner, signs_of(true, 1000, 9999.0)) == LockState::held);
    CHECK(judge(owner, signs_of(true, {}, 9999.0)) == LockState::held);  // /proc hides it
    CHECK(judge(owner, signs_of(true, 1001, 0.0)) == LockState::free);   // its pid is another's
    CHECK(judge(owner, signs_of(false, {}, 0.0)) == LockState::free);
    CHECK(judge(owner, signs_of(false, {}, 0.0, AppendFile::Lock::theirs)) == LockState::free);  // a child it left
    CHECK(judge(owner_on(process_on("renamed", "boot-1", "pid:[1]")), signs_of(true, 1000, 0.0)) == LockState::held);
}

TEST_CASE("what a lock's record lacks is unknown, never equal: then flock and the heartbeat tell") {
    auto no_start = owner_on(here);
    no_start.process.start_ticks = 0;
    for (const auto& lacking :
         {no_start, owner_on(process_on("node1", "boot-1", "")), owner_on(process_on("node1", "", "pid:[1]"))}) {
        CHECK(judge(lacking, signs_of(true, 1000, 0.0)) == LockState::held);
        CHECK(judge(lacking, signs_of(true, 1000, 61.0)) == LockState::free);
        CHECK(judge(lacking, signs_of(true, 1000, 61.0, AppendFile::Lock::theirs)) == LockState::held);
    }
    auto nothing_known = signs_of(true, 1000, 61.0);
    nothing_known.here.pid_namespace.clear();
    CHECK(judge(owner_on(process_on("node1", "boot-1", "")), nothing_known) == LockState::free);
}

TEST_CASE("the lock in a copy of a folder that is in use is free, where flock can tell") {
    const auto original = owner_on(process_on("node1", "boot-1", "pid:[1]", "1:3"));
    CHECK(judge(original, signs_of(true, 1000, 0.0, AppendFile::Lock::ours)) == LockState::free);
    CHECK(judge(original, signs_of(true, 1000, 0.0)) == LockState::held);
    CHECK(judge(owner_on(here), signs_of(true, 1000, 0.0, AppendFile::Lock::ours)) == LockState::held);
}

TEST_CASE(
    "another boot of the same name may be another host; another container is asked through flock, then the heartbeat") {
    const auto before = owner_on(process_on("node1", "boot-0", "pid:[1]"));
    CHECK(judge(before, signs_of(true, 1000, 0.0)) == LockState::held);
    CHECK(judge(before, signs_of(true, 1000, 61.0)) == LockState::free);
    CHECK(judge(before, signs_of(true, 1000, -61.0)) == LockState::free);  // the clock went back with the boot
    CHECK(judge(before, signs_of(true, 1000, -61.0, AppendFile::Lock::theirs)) == LockState::held);
    CHECK(judge(owner_on(process_on("node2", "boot-0", "pid:[1]")), signs_of(true, 1000, -61.0)) == LockState::held);
    const auto container = owner_on(process_on("box", "boot-1", "pid:[2]"));
    CHECK(judge(container, signs_of(false, {}, 1.0, AppendFile::Lock::ours)) == LockState::free);
    CHECK(judge(container, signs_of(false, {}, 99.0, AppendFile::Lock::theirs)) == LockState::held);
    CHECK(judge(container, signs_of(false, {}, 1.0)) == LockState::held);
    CHECK(judge(container, signs_of(false, {}, 99.0)) == LockState::free);
}

TEST_CASE("another host lives while its heart beats or its lock is held") {
    const auto other = owner_on(process_on("node2", "boot-2", "pid:[1]"));
    CHECK(judge(other, signs_of(true, 1000, 59.0)) == LockState::held);
    CHECK(judge(other, signs_of(true, 1000, 61.0)) == LockState::free);
    CHECK(judge(other, signs_of(true, 1000, 61.0, AppendFile::Lock::ours)) == LockState::free);
    CHECK(judge(other, signs_of(true, 1000, 61.0, AppendFile::Lock::theirs)) == LockState::held);
    CHECK(judge(other, signs_of(true, 1000, {})) == LockState::unknown);
    CHECK(judge({}, signs_of(false, {}, 1.0)) == LockState::held);  // a record being written
    CHECK(judge({}, signs_of(false, {}, 61.0)) == LockState::free);
}
