#include "os/process/cgroup.h"

#include <unistd.h>

#include <fstream>

#include "catch.h"
#include "os/process/environment.h"
#include "os/spawn/child.h"
#include "support/delegated_group.h"
#include "support/temporary_folder.h"

using namespace hlaunch;

TEST_CASE("the groups of a process, as each version writes them") {
    const auto unified = parse_cgroups("0::/user.slice/a:b\n");
    CHECK(unified.unified == "/user.slice/a:b");
    CHECK_FALSE(unified.memory);
    const auto both = parse_cgroups("5:devices:/\n4:hugetlb,memory:/job/7\n3:memory_other:/x\n0::/\n");
    CHECK(both.unified == "/");
    CHECK(both.memory == "/job/7");
    for (const char* bad : {"", "0", "0:", "\n\n", ":::", "x:memory"}) {
        CHECK_FALSE(parse_cgroups(bad).unified);
        CHECK_FALSE(parse_cgroups(bad).memory);
    }
}

TEST_CASE("kills for want of memory are counted by either version's file") {
    CHECK(parse_oom_kills("low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 1\n") == 2U);
    CHECK(parse_oom_kills("oom_kill_disable 0\nunder_oom 0\noom_kill 5\n") == 5U);
    CHECK(parse_oom_kills("oom_kill 7") == 7U);
    for (const char* bad :
         {"", "oom 3\n", "oom_kill\n", "oom_kill x\n", "oom_kill 1x\n", "oom_kill -1\n", " oom_kill 1"})
        CHECK_FALSE(parse_oom_kills(bad));
}

TEST_CASE("the nearest group that counts is asked") {
    const TemporaryFolder folder;
    const auto put = [&](const char* path, const char* text) {
        const auto file = folder.path() / path;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << text;
    };
    CHECK_FALSE(oom_kills(42, folder.path()));
    put("proc/42/cgroup", "0::/job/step/hlaunch-7\n");
    CHECK_FALSE(oom_kills(42, folder.path()));
    put("sys/fs/cgroup/job/memory.events", "oom_kill 9\n");
    put("sys/fs/cgroup/job/step/memory.events", "oom_kill 4\n");
    CHECK(oom_kills(42, folder.path()) == 4U);
    put("proc/42/cgroup", "7:memory:/job\n0::/job/step\n");
    put("sys/fs/cgroup/memory/job/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
    CHECK(oom_kills(42, folder.path()) == 1U);
}

TEST_CASE("no group is made where none was delegated") {
    if (::geteuid() != 0) return;  // a user's own groups may be anything
    CHECK_FALSE(OwnCgroup::create());
}

TEST_CASE("a group of our own: all in it but us are killed, and it is gone afterwards") {
    const DelegatedGroup delegated;
    if (!delegated.ready()) {
        WARN("skipped: no cgroup can be made here");
        return;
    }
    {
        const auto group = OwnCgroup::create();
        REQUIRE(group);
        CHECK(delegated.groups_below() == 1);
        for (int i = 0; i < 2; ++i) {
            ChildSpec spec;
            spec.argv = {"sleep", "100"};
            spec.env = Environment::current().list();
            const Child child = spawn(spec);
            group->kill_others();
            CHECK(wait(child.pid).text() == "signal 9 (Killed)");
        }
    }
    CHECK(delegated.groups_below() == 0);
    remove_cgroup_of(::getpid());  // nothing is left: nothing happens
}
