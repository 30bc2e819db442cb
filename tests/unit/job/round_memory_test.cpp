#include "job/round_memory.h"

#include <algorithm>

#include "../os/temporary_folder.h"
#include "catch.h"
#include "os/file.h"

using namespace hlaunch;

TEST_CASE("a question of a former start is answered from disk, of another key not", "[round_memory]") {
    const TemporaryFolder folder(true);
    const auto rounds = (folder / "rounds").string();
    const Eigen::MatrixXd question = Eigen::MatrixXd::Constant(2, 3, 0.1), answer = Eigen::MatrixXd::Random(2, 4);
    std::string name;
    {
        const RoundMemory memory(rounds, "key");
        name = memory.name_of("sums", question);
        CHECK_FALSE(memory.find(name));
        memory.keep(name, answer);
    }
    {
        const RoundMemory memory(rounds, "key");
        const auto found = memory.find(memory.name_of("sums", question));
        REQUIRE(found);
        CHECK((*found).cwiseEqual(answer).all());
        CHECK_FALSE(memory.find(memory.name_of("quadratic", question)));
    }
    CHECK_FALSE(RoundMemory(rounds, "another").find(name));
}

TEST_CASE("an answer that is not whole is none", "[round_memory]") {
    const TemporaryFolder folder(true);
    const auto rounds = (folder / "rounds").string();
    const RoundMemory memory(rounds, "key");
    memory.keep("a", Eigen::MatrixXd::Random(3, 3));
    const auto path = rounds + "/a.npy";
    const auto whole = read_text(path);
    auto damaged = whole;
    SECTION("cut short") {
        damaged.resize(whole.size() - 40);
    }
    SECTION("empty") {
        damaged.clear();
    }
    SECTION("a block of zeros") {
        std::fill(damaged.end() - 60, damaged.end() - 40, '\0');
    }
    write_atomically(path, damaged);
    CHECK_FALSE(memory.find("a"));
    write_atomically(path, whole);
    CHECK(memory.find("a"));
}
