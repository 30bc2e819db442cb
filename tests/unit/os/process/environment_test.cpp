#include "os/process/environment.h"

#include "base/clock.h"
#include "base/error.h"
#include "catch.h"
#include "os/host/host.h"

using namespace hlaunch;

TEST_CASE("an environment is a value: setting and unsetting changes nothing else") {
    Environment env = Environment::current();
    REQUIRE(env.get("PATH"));
    env.set("HL_A", "");
    env.set("HL_B", "x=y");
    env.set("HL_B", "z\nw");
    env.unset("PATH");
    env.unset("never set");
    CHECK(env.get("HL_A") == "");
    CHECK(env.get("HL_B") == "z\nw");
    CHECK_FALSE(env.get("PATH"));
    CHECK(Environment::current().get("PATH"));
    Environment small;
    small.set("B", "2");
    small.set("A", "1=1");
    CHECK(small.list() == std::vector<std::string>{"A=1=1", "B=2"});
}

TEST_CASE("names and values that no environment can hold are refused") {
    Environment env;
    CHECK_THROWS_AS(env.set("", "x"), Error);
    CHECK_THROWS_AS(env.set("A=B", "x"), Error);
    CHECK_THROWS_AS(env.set(std::string("A\0B", 3), "x"), Error);
    CHECK_THROWS_AS(env.set("A", std::string("x\0", 2)), Error);
    CHECK(env.list().empty());
}

TEST_CASE("times are written in UTC with milliseconds") {
    using namespace std::chrono;
    CHECK(utc_text(system_clock::time_point{}) == "1970-01-01T00:00:00.000Z");
    CHECK(utc_text(system_clock::time_point{} + seconds(951782399) + milliseconds(7)) == "2000-02-28T23:59:59.007Z");
}

TEST_CASE("the host has a name, a kernel and a boot id; free space is asked of the nearest folder") {
    const Host host = read_host();
    CHECK_FALSE(host.name.empty());
    CHECK_FALSE(host.kernel.empty());
    CHECK(host.boot_id.size() == 36);
    CHECK(free_space("/tmp/hlaunch-not-there/nor-this").bytes > 0);
}
