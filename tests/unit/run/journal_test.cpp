#include "run/journal.h"

#include <nlohmann/json.hpp>
#include <random>

#include "catch.h"

using namespace hlaunch;

namespace {
std::string three_events() {
    std::string text;
    for (int i = 0; i < 3; ++i) text += journal_line({{"event", "end"}, {"part", i}, {"text", "line\nbreak \xff"}});
    return text;
}
}  // namespace

TEST_CASE("what was written is read back") {
    const auto read = read_journal(three_events());
    REQUIRE(read.events.size() == 3);
    CHECK(read.events[2]["part"] == 2);
    CHECK(read.dropped_bytes == 0);
    CHECK(read_journal("").events.empty());
}

TEST_CASE("torn at every byte, whole lines survive and the tail is dropped") {
    const auto text = three_events();
    for (std::size_t size = 0; size < text.size(); ++size) {
        const auto read = read_journal(std::string_view(text).substr(0, size));
        std::size_t whole = 0, bytes = 0;
        for (std::size_t at = text.find('\n'); at != std::string::npos && at < size; at = text.find('\n', at + 1)) {
            ++whole;
            bytes = at + 1;
        }
        REQUIRE(read.events.size() == whole);
        REQUIRE(read.dropped_bytes == size - bytes);
    }
}

TEST_CASE("a flipped bit ends what is believed") {
    const auto seed = std::random_device{}();
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const auto text = three_events();
    const auto first = text.find('\n') + 1;
    for (int round = 0; round < 500; ++round) {
        auto damaged = text;
        const auto at = random() % damaged.size();
        damaged[at] = static_cast<char>(damaged[at] ^ static_cast<char>(1U << (random() % 8)));
        const auto read = read_journal(damaged);
        REQUIRE(read.events.size() == at / first);
    }
}
