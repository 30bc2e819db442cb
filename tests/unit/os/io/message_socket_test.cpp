#include "os/io/message_socket.h"

#include "base/error.h"
#include "catch.h"

using namespace hlaunch;
using namespace std::chrono_literals;

TEST_CASE("messages come whole and in order, however large", "[message socket]") {
    auto pair = MessageSocket::make_pair();
    MessageSocket theirs(std::move(pair.theirs));
    CHECK(!theirs.receive(0s));
    const std::string large(128U << 10U, 'x');
    REQUIRE(pair.ours.try_send(large));
    REQUIRE(pair.ours.try_send(std::string("a\0b\n", 4)));
    CHECK(theirs.receive(1s) == large);
    CHECK(theirs.receive(1s) == std::string("a\0b\n", 4));
    CHECK(!theirs.closed());
}

TEST_CASE("who does not read holds up nobody", "[message socket]") {
    auto pair = MessageSocket::make_pair();
    MessageSocket theirs(std::move(pair.theirs));
    const std::string large(128U << 10U, 'x');
    unsigned taken = 0;
    while (taken < 1000 && pair.ours.try_send(large)) ++taken;
    CHECK(taken >= 1);
    CHECK(taken < 1000);
    CHECK(!pair.ours.wait_for_room(0s));
    while (theirs.receive(0s)) --taken;
    CHECK(taken == 0);
    CHECK(pair.ours.wait_for_room(0s));
    CHECK(pair.ours.try_send(large));
}

TEST_CASE("an end is told to who reads and to who sends", "[message socket]") {
    auto pair = MessageSocket::make_pair();
    {
        MessageSocket theirs(std::move(pair.theirs));
        REQUIRE(theirs.try_send("last word"));
    }
    CHECK(pair.ours.receive(1s) == "last word");
    CHECK(!pair.ours.receive(1s));
    CHECK(pair.ours.closed());
    CHECK_THROWS_AS(pair.ours.try_send("too late"), Error);
}
