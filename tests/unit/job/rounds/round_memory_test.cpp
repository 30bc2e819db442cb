#include "job/rounds/round_memory.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/error.h"
#include "catch.h"
#include "merge/npz/npy_matrix.h"
#include "os/files/file.h"

using namespace hlaunch;

namespace {

std::string fresh_folder(const std::string& name) {
    const auto path = std::filesystem::temp_directory_path() / ("hlaunch-" + name + std::to_string(::getpid()));
    std::filesystem::remove_all(path);
    return path.string();
}

}  // namespace

TEST_CASE("a matrix survives its file to the last bit") {
    Eigen::MatrixXd matrix(2, 3);
    matrix << 1.0 / 3.0, -0.0, 1e-310, -INFINITY, 5e300, 2.0;
    CHECK(matrix_of(npy_of(matrix), "here") == matrix);
    CHECK_THROWS_AS(matrix_of(npy_of(matrix).substr(0, 100), "here"), Error);
    CHECK_THROWS_AS(matrix_of("no array", "here"), Error);
}

TEST_CASE("a round is found again by its question, and by no other") {
    const auto folder = fresh_folder("rounds");
    Eigen::MatrixXd question = Eigen::MatrixXd::Random(3, 2), answer = Eigen::MatrixXd::Random(3, 1);
    {
        const RoundMemory memory(folder, "key");
        const auto name = memory.name_of("sums", question);
        CHECK_FALSE(memory.find(name));
        memory.keep(name, answer);
        CHECK(memory.find(name) == answer);
        CHECK_FALSE(memory.find(memory.name_of("quadratic", question)));
        Eigen::MatrixXd other = question;
        other(2, 1) = std::nextafter(other(2, 1), 2.0);
        CHECK_FALSE(memory.find(memory.name_of("sums", other)));
        // The same numbers in another shape are another question.
        CHECK_FALSE(memory.find(memory.name_of("sums", question.reshaped(2, 3))));
    }
    CHECK(RoundMemory(folder, "key").find(RoundMemory(folder, "key").name_of("sums", question)) == answer);
    const RoundMemory other(folder, "another key");
    CHECK_FALSE(other.find(other.name_of("sums", question)));
    std::filesystem::remove_all(folder);
}

TEST_CASE("an answer that is not whole is none", "[round_memory]") {
    const auto rounds = fresh_folder("torn");
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
    std::filesystem::remove_all(rounds);
}
