#include "os/observe/remote_share.h"

#include <unistd.h>

#include "catch.h"

using namespace hlaunch;

namespace {

const NodeOfCpu two{{0, 0}, {1, 0}, {2, 1}, {3, 1}};
constexpr std::uint64_t mib = 1 << 20;

}  // namespace

TEST_CASE("remote share: pages away from where the threads ran") {
    const std::vector<ThreadRun> on_0{{0, 5.0}, {1, 5.0}}, on_both{{0, 5.0}, {2, 5.0}};
    CHECK(remote_share(on_0, {{0, 8 * mib}}, two).value() == Approx(0.0));
    CHECK(remote_share(on_0, {{1, 8 * mib}}, two).value() == Approx(1.0));
    CHECK(remote_share(on_0, {{0, 6 * mib}, {1, 2 * mib}}, two).value() == Approx(0.25));
    // Wherever the pages are, half of the work is away from them; and a node without CPUs is away from all.
    CHECK(remote_share(on_both, {{0, 8 * mib}}, two).value() == Approx(0.5));
    CHECK(remote_share(on_both, {{0, 4 * mib}, {1, 4 * mib}}, two).value() == Approx(0.5));
    CHECK(remote_share(on_both, {{2, 4 * mib}}, two).value() == Approx(1.0));
}

TEST_CASE("remote share: a thread that did nothing does not count beside one that did") {
    CHECK(remote_share(std::vector<ThreadRun>{{0, 9.0}, {2, 0.0}, {3, 0.0}}, {{0, mib}}, two).value() == Approx(0.0));
    CHECK(remote_share(std::vector<ThreadRun>{{0, 3.0}, {2, 1.0}}, {{0, mib}}, two).value() == Approx(0.25));
    CHECK(remote_share(std::vector<ThreadRun>{{0, 0.0}, {2, 0.0}}, {{0, mib}}, two).value() == Approx(0.5));
}

TEST_CASE("remote share: nothing to say") {
    const std::vector<ThreadRun> one{{0, 1.0}};
    CHECK_FALSE(remote_share(one, {}, two));
    CHECK_FALSE(remote_share(one, {{0, 0}}, two));
    CHECK_FALSE(remote_share(std::vector<ThreadRun>{}, {{0, mib}}, two));
    CHECK_FALSE(remote_share(one, {{0, mib}}, {}));
    CHECK_FALSE(remote_share(std::vector<ThreadRun>{{9, 1.0}}, {{0, mib}}, two));
}

TEST_CASE("remote share of a tree goes by the bytes of its processes") {
    std::vector<ProcessProof> tree(3);
    tree[0].runs = {{0, 1.0}};
    tree[0].memory.anonymous = {{0, 3 * mib}};
    tree[1].runs = {{3, 1.0}};
    tree[1].memory.anonymous = {{0, mib}};
    CHECK(remote_share(tree, two).value() == Approx(0.25));
    CHECK_FALSE(remote_share(std::vector<ProcessProof>{}, two));
}

TEST_CASE("this very process: its pages are where it runs, or nothing is known") {
    const auto self = read_process(::getpid());
    REQUIRE(self);
    const std::vector<ProcessProof> proofs{read_proof(*self)};
    REQUIRE(!proofs.front().runs.empty());
    const auto nodes = read_cpu_nodes();
    if (const auto share = remote_share(proofs, nodes)) {
        CHECK(*share >= 0.0);
        CHECK(*share <= 1.0);
    }
}
