#include "os/process/user_folders.h"

#include "catch.h"

using namespace hlaunch;

TEST_CASE("a user's folder is where the XDG specification has it; relative paths count for nothing") {
    Environment environment;
    const auto state = [&] { return user_folder(environment, "XDG_STATE_HOME", ".local/state"); };
    CHECK(state().path.empty());
    environment.set("HOME", "home");
    CHECK(state().path.empty());
    environment.set("HOME", "/home");
    CHECK(state().path == "/home/.local/state/hlaunch");
    CHECK(state().owner == "/home");
    environment.set("XDG_STATE_HOME", "state");
    CHECK(state().path == "/home/.local/state/hlaunch");
    environment.set("XDG_STATE_HOME", "/state");
    CHECK(state().path == "/state/hlaunch");
    CHECK(state().owner == "/state");
}
