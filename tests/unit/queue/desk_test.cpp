#include "queue/desk.h"

#include <algorithm>
#include <random>

#include "base/error.h"
#include "base/json_fields.h"
#include "catch.h"

using namespace hlaunch;
using namespace std::chrono_literals;

namespace {

// A desk, and ranks that say what the test wants.
struct Office {
    Clock::Time now{};
    Desk desk;
    std::vector<Desk::Outgoing> sent;
    std::vector<std::string> news;

    explicit Office(unsigned ranks) : desk(ranks, 30s, now) {}
    void say(unsigned rank, nlohmann::json facts, std::string bytes = {}) {
        desk.receive(rank, decode(encode({std::move(facts), std::move(bytes)})), now, 1000.0);
        collect();
    }
    void collect() {
        for (auto& message : desk.take_outgoing()) sent.push_back(std::move(message));
        for (auto& line : desk.take_news()) news.push_back(std::move(line));
    }
    void pass(Clock::Duration time) {
        now += time;
        desk.look(now);
        collect();
    }
    void offer(unsigned count, double cost = 1.0) {
        nlohmann::json parts = nlohmann::json::array();
        for (unsigned i = 0; i < count; ++i) parts.push_back({i, cost});
        say(0, {{"kind", "offer"}, {"of", "shard"}, {"parts", parts}, {"more", false}});
    }
    // The first answer of that kind to that rank, taken away.
    std::optional<RankMessage> answer(unsigned rank, const std::string& kind) {
        const auto found =
            std::ranges::find_if(sent, [&](const auto& m) { return m.rank == rank && m.message.kind() == kind; });
        if (found == sent.end()) return std::nullopt;
        auto out = found->message;
        sent.erase(found);
        return out;
    }
    std::vector<unsigned> take(unsigned rank, unsigned at_once, bool wait = true) {
        say(rank, {{"kind", "take"}, {"at_once", at_once}, {"wait", wait}});
        return dealt(rank);
    }
    std::vector<unsigned> dealt(unsigned rank) {
        const auto parts = answer(rank, "parts");
        return parts ? parts->facts["ids"].get<std::vector<unsigned>>() : std::vector<unsigned>{};
    }
};

}  // namespace

TEST_CASE("whoever takes before there is an offer waits for it", "[desk]") {
    Office office(2);
    CHECK(office.take(1, 2).empty());
    CHECK(office.sent.empty());
    office.offer(4);
    CHECK(office.dealt(1).size() == 2);
}

TEST_CASE("each part is dealt once, the last ranks' ends are waited for", "[desk]") {
    Office office(2);
    office.offer(3);
    const auto first = office.take(0, 2);
    const auto second = office.take(1, 2);
    CHECK(first.size() == 2);
    CHECK(second.size() == 1);
    office.say(0, {{"kind", "ended"}, {"ids", first}, {"seconds", 4.0}});
    CHECK(office.take(0, 2).empty());
    CHECK(!office.answer(0, "parts"));  // rank 1's may come back
    office.say(1, {{"kind", "ended"}, {"ids", second}, {"seconds", 2.0}});
    CHECK(office.answer(0, "parts"));  // now it is sure: nothing
}

TEST_CASE("shares shrink as the work does, and are worth a start", "[desk]") {
    Office office(2);
    office.offer(100);
    const auto first = office.take(0, 2);
    CHECK(first.size() == 34);  // placements count as 1 until a rank has asked: half of 2/3
    const auto second = office.take(1, 2);
    CHECK(second.size() < first.size());
    CHECK(second.size() == 17);
    std::size_t dealt = first.size() + second.size();
    for (unsigned i = 0; dealt < 100; ++i) {
        const auto share = office.take(i % 2, 2, false);
        REQUIRE(!share.empty());
        CHECK(share.size() >= std::min<std::size_t>(2, 100 - dealt));
        dealt += share.size();
    }
    CHECK(dealt == 100);
}

TEST_CASE("what a rank has not done when it leaves goes to those who wait", "[desk]") {
    Office office(2);
    office.offer(2);
    const auto mine = office.take(0, 1);
    const auto theirs = office.take(1, 1);
    office.say(0, {{"kind", "ended"}, {"ids", mine}, {"seconds", 1.0}});
    CHECK(office.take(0, 1).empty());
    office.say(1, {{"kind", "leave"}, {"code", 137}});
    CHECK(office.dealt(0) == theirs);
    REQUIRE(office.news.size() == 1);
    CHECK(office.news[0].find("1 part not done") != std::string::npos);
}

TEST_CASE("rank 0 is told when the others have left, and what they said", "[desk]") {
    Office office(3);
    office.offer(0);
    office.say(2, {{"kind", "hello"}, {"host", "node2"}, {"placements", 1}, {"clock_s", 1000.0}});
    office.say(0, {{"kind", "await"}});
    office.say(1, {{"kind", "leave"}, {"code", 0}});
    CHECK(!office.answer(0, "rest"));
    REQUIRE(office.answer(0, "gone"));
    office.say(2, {{"kind", "leave"}, {"code", 3}, {"why", "no homodyne"}});
    CHECK(office.answer(0, "rest"));
    const auto left = std::ranges::find_if(
        office.sent, [](const auto& m) { return m.message.kind() == "left" && m.message.facts["rank"] == 2; });
    REQUIRE(left != office.sent.end());
    CHECK(left->message.facts["host"] == "node2");
    CHECK(left->message.facts["why"] == "no homodyne");
    CHECK(!office.desk.over());
    office.say(0, {{"kind", "leave"}, {"code", 0}});
    CHECK(office.desk.over());
}

TEST_CASE("signs of life go out each second; silence over the deadline ends all, by host name", "[desk]") {
    Office office(2);
    office.say(1, {{"kind", "hello"}, {"host", "node2"}, {"placements", 1}, {"clock_s", 1000.0}});
    for (int i = 0; i < 30; ++i) office.pass(1s);
    CHECK(std::ranges::count_if(office.sent, [](const auto& m) { return m.message.kind() == "beat"; }) >= 58);
    CHECK(!office.desk.ending());
    office.pass(1s);  // rank 0, busy with its own part, need not say anything
    REQUIRE(office.desk.ending());
    CHECK(office.desk.ending()->find("rank 1 on node2 has not been heard of for 30.0 s") == 0);
    CHECK(office.answer(0, "end"));
    CHECK(office.answer(1, "end"));  // perhaps it hears, but does not say
    CHECK(!office.desk.ended());
    office.say(0, {{"kind", "leave"}, {"code", 143}});
    CHECK(office.desk.ended());
}

TEST_CASE("a clock that is off is told by host name", "[desk]") {
    Office office(2);
    office.say(1, {{"kind", "hello"}, {"host", "node2"}, {"placements", 1}, {"clock_s", 1005.0}});
    CHECK(office.news.empty());
    office.say(0, {{"kind", "hello"}, {"host", "node1"}, {"placements", 1}, {"clock_s", 820.0}});
    REQUIRE(office.news.size() == 1);
    CHECK(office.news[0].find("the clock of rank 0 on node1 is 3m00s behind") != std::string::npos);
}

TEST_CASE("when rank 0 ends before there are parts, nobody waits for them", "[desk]") {
    Office office(2);
    CHECK(office.take(1, 1).empty());
    office.say(0, {{"kind", "leave"}, {"code", 2}});
    CHECK(office.desk.ending());
    CHECK(office.answer(1, "end"));
}

TEST_CASE("stage after stage: who is ahead waits for its offer, who is late is told that it is over", "[desk]") {
    Office office(3);
    const auto stage = [&](const char* name, unsigned count) {
        nlohmann::json parts = nlohmann::json::array();
        for (unsigned i = 0; i < count; ++i) parts.push_back({i, 1.0});
        office.say(0, {{"kind", "offer"}, {"of", name}, {"parts", parts}, {"more", false}});
    };
    const auto take = [&](unsigned rank, const char* of) {
        office.say(rank, {{"kind", "take"}, {"of", of}, {"at_once", 1}, {"wait", true}});
        return office.answer(rank, "parts");
    };
    stage("check 7f", 1);
    const auto first = take(0, "check");
    REQUIRE(first);
    CHECK(first->facts["of"] == "check 7f");
    CHECK(!take(1, "check"));
    office.say(0, {{"kind", "ended"}, {"ids", {0}}, {"seconds", 1.0}});
    CHECK(office.answer(1, "parts")->facts["ids"].empty());
    CHECK(!take(1, "fit"));
    stage("fit 7f", 2);
    CHECK(office.answer(1, "parts")->facts["ids"].size() == 1);
    const auto late = take(2, "check");
    REQUIRE(late);
    CHECK(late->facts["ids"].empty());
    CHECK_THROWS_AS(stage("sample 7f", 1), Error);  // fits are still at work
    office.say(1, {{"kind", "leave"}, {"code", 137}});
    CHECK(take(2, "fit")->facts["ids"].size() == 1);
    CHECK(take(0, "fit")->facts["again"] == true);
    for (const unsigned rank : {0U, 2U}) office.say(rank, {{"kind", "ended"}, {"ids", {0, 1}}, {"seconds", 1.0}});
    CHECK(!take(2, "sample"));
    office.say(0, {{"kind", "leave"}, {"code", 1}});  // there will be no offer of it
    CHECK(office.answer(2, "parts")->facts["ids"].empty());
}

TEST_CASE("files are passed on, with who sent them", "[desk]") {
    Office office(3);
    office.say(2, {{"kind", "file"}, {"to", 0}, {"name", "a"}}, std::string("x\ny\0z", 5));
    const auto file = office.answer(0, "file");
    REQUIRE(file);
    CHECK(file->facts["from"] == 2);
    CHECK(file->bytes == std::string("x\ny\0z", 5));
    office.say(2, {{"kind", "file"}, {"to", 99}});  // nobody
    CHECK(!office.answer(0, "file"));
}

TEST_CASE("a message is told from what is none", "[desk]") {
    CHECK_THROWS_AS(decode("no json\n"), Error);
    CHECK_THROWS_AS(decode("{\"kind\":\"take\"}"), Error);  // its end is missing
    CHECK_THROWS_AS(decode("[1]\n"), Error);
    CHECK_THROWS_AS(encode({{{"kind", "file"}}, std::string(most_message_bytes, 'x')}), Error);
}

TEST_CASE("a thousand ranks do a hundred thousand parts, each once, in few messages", "[desk]") {
    constexpr unsigned ranks = 1000, parts = 100'000;
    Office office(ranks);
    std::minstd_rand chance(7);
    nlohmann::json list = nlohmann::json::array();
    for (unsigned i = 0; i < parts; ++i) {
        list.push_back({i, 1 + chance() % 100});
        if (list.size() < 2000) continue;
        office.say(0, {{"kind", "offer"},
                       {"of", "task"},
                       {"parts", std::exchange(list, nlohmann::json::array())},
                       {"more", i + 1 < parts}});
    }
    std::vector<unsigned> seen(parts, 0);
    std::vector<std::vector<unsigned>> doing(ranks);
    for (bool any = true; any;) {
        any = false;
        for (unsigned rank = 0; rank < ranks; ++rank) {
            if (!doing[rank].empty()) office.say(rank, {{"kind", "ended"}, {"ids", doing[rank]}, {"seconds", 1.0}});
            doing[rank] = office.take(rank, 4, false);
            for (const auto id : doing[rank]) ++seen[id];
            any = any || !doing[rank].empty();
        }
        office.sent.clear();
    }
    CHECK(std::ranges::all_of(seen, [](unsigned times) { return times == 1; }));
    // An offer, and for each share: take, parts, ended.
    CHECK(static_cast<double>(office.desk.messages()) / parts < 1.0);
}
