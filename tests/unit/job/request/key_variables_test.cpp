#include "job/request/key_variables.h"
#include "job/request/content_hash.h"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "base/error.h"
#include "catch.h"
#include "job/analysis/identity.h"
#include "support/temporary_folder.h"

using namespace hlaunch;

namespace {

// A folder's own state folder.
struct State {
    TemporaryFolder folder;
    State() {
        ::setenv("XDG_STATE_HOME", folder.path().c_str(), 1);
        ::setenv("PIN", "4711", 1);
    }
    [[nodiscard]] static std::string hash() { return key_variables({"PIN"}, Environment::current()).at("PIN"); }
};

}  // namespace

TEST_CASE("variables of --key-env are hashed with a secret that is made once and is the user's alone") {
    const State state;
    const auto first = State::hash();
    CHECK(first.starts_with("keyed:"));
    CHECK(first.find(hash_text("4711")) == std::string::npos);
    CHECK(State::hash() == first);
    const auto secret = state.folder / "hlaunch/secret";
    struct stat info {};
    REQUIRE(::stat(secret.c_str(), &info) == 0);
    CHECK((info.st_mode & 07777U) == 0600U);
    CHECK(info.st_size == 32);
    ::chmod(secret.c_str(), 0640);
    CHECK_THROWS_AS(State::hash(), Error);
    std::filesystem::remove(secret);
    CHECK(State::hash() != first);
    std::filesystem::remove(secret);
    std::ofstream(state.folder / "other") << std::string(32, 'x');
    std::filesystem::create_symlink(state.folder / "other", secret);
    CHECK_THROWS_AS(State::hash(), Error);
    CHECK(key_variables({}, Environment::current()).empty());  // none asked for: no secret is needed
}

TEST_CASE("what a former version hashed without a secret is told as that") {
    const nlohmann::json before{{"the variable PIN", hash_text("4711")}}, now{{"the variable PIN", "keyed:00"}};
    CHECK(differences(before, now) ==
          std::vector<std::string>{"the variable PIN, which an earlier hlaunch hashed without a secret,"});
    CHECK(differences(now, {{"the variable PIN", "keyed:01"}}) == std::vector<std::string>{"the variable PIN"});
}
