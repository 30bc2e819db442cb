#include "run/journal/journal.h"

#include <nlohmann/json.hpp>
#include <random>

#include "catch.h"

using namespace hlaunch;

namespace {

std::vector<nlohmann::json> sample_events() {
    std::vector<nlohmann::json> out{journal_header()};
    // With a text that looks like a line of a journal.
    for (int i = 0; i < 3; ++i)
        out.push_back({{"event", "end"}, {"part", i}, {"text", "line\nbreak " + journal_line({{"event", "end"}})}});
    return out;
}

std::string text_of(const std::vector<nlohmann::json>& events) {
    std::string text;
    for (const auto& event : events) text += journal_line(event);
    return text;
}

std::string sample() {
    return text_of(sample_events());
}

}  // namespace

TEST_CASE("what was written is read back, the header apart") {
    const auto read = read_journal(sample());
    REQUIRE(read.events.size() == 3);
    CHECK(read.events[2]["part"] == 2);
    CHECK(read.version == journal_version);
    CHECK(read.dropped_bytes == 0);
    CHECK(read.damaged_lines == 0);
    CHECK(read_journal("").events.empty());
    CHECK(read_journal(journal_line({{"event", "e"}, {"text", "\xff"}})).events.size() == 1);
}

TEST_CASE("torn at every byte, whole lines survive and the tail is dropped; piece by piece is the same") {
    const auto text = sample();
    for (std::size_t size = 0; size <= text.size(); ++size) {
        const auto read = read_journal(std::string_view(text).substr(0, size));
        std::size_t whole = 0, bytes = 0;
        for (std::size_t at = text.find('\n'); at != std::string::npos && at < size; at = text.find('\n', at + 1)) {
            ++whole;
            bytes = at + 1;
        }
        REQUIRE(read.events.size() == (whole == 0 ? 0 : whole - 1));
        REQUIRE(read.dropped_bytes == size - bytes);
        REQUIRE(read.damaged_lines == 0);
        std::size_t events = 0;
        JournalReader pieces([&](nlohmann::json&&) { ++events; });
        pieces.feed(std::string_view(text).substr(0, size));
        REQUIRE(pieces.good_bytes() == bytes);
        REQUIRE_FALSE(pieces.is_foreign());
        pieces.feed(std::string_view(text).substr(size));
        REQUIRE(events == 3);
        REQUIRE(pieces.dropped_bytes() == 0);
    }
}

TEST_CASE("any one bit flipped: no event is made up or changed, and every other line stays") {
    const auto events = sample_events();
    const auto text = sample();
    std::size_t line = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            auto damaged = text;
            damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ (1U << bit));
            auto rest = events;
            rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(line));
            if (line > 0) rest.erase(rest.begin());  // the header is no event
            const auto read = read_journal(damaged);
            if (read.events != rest) FAIL("byte " << at << " bit " << bit);
            REQUIRE((read.damaged_lines == 1 || line + 1 == events.size()));
        }
        if (text[at] == '\n') ++line;
    }
}

TEST_CASE("half a line does not swallow the whole one glued to it") {
    const auto first = journal_line({{"event", "a"}});
    const auto second = journal_line({{"event", "b"}});
    for (std::size_t cut = 0; cut < first.size(); ++cut) {
        const auto read = read_journal(first.substr(0, cut) + second);
        REQUIRE(read.events.size() == (cut + 1 == first.size() ? 1 : 1));
        REQUIRE(read.events[0]["event"] == "b");
        REQUIRE(read.damaged_lines == (cut > 0 ? 1 : 0));
    }
    // What a failed append leaves when it could not be cut off again.
    CHECK(read_journal(first.substr(0, 5) + "\n" + second).events.size() == 1);
}

TEST_CASE("lines with a right checksum that are no events are not handed over") {
    for (const auto& value : {nlohmann::json::parse("[1]"), nlohmann::json::parse("{}"), nlohmann::json(1),
                              nlohmann::json::parse(R"({"event":1})")}) {
        const auto read = read_journal(journal_line(value) + journal_line({{"event", "e"}}));
        CHECK(read.events.size() == 1);
        CHECK(read.damaged_lines == 1);
    }
}

TEST_CASE("a newer version is seen wherever it is said, and nothing after it is read") {
    const auto old = journal_line({{"event", "e"}});
    for (const auto& version : {nlohmann::json(journal_version + 1), nlohmann::json("2"), nlohmann::json(-1)}) {
        std::size_t events = 0;
        JournalReader reader([&](nlohmann::json&&) { ++events; });
        reader.feed("damaged\n" + journal_line({{"event", "journal"}, {"version", version}}) + old);
        CHECK(reader.is_newer());
        CHECK(events == 0);
    }
    CHECK(read_journal(old).version == 1);
}

TEST_CASE("another's file is not taken for a torn journal") {
    const auto foreign = [](std::string_view text) {
        JournalReader reader([](nlohmann::json&&) {});
        reader.feed(text);
        return reader.is_foreign();
    };
    CHECK(foreign("my notes\nmore\n"));
    CHECK(foreign("{\"event\":\"start\"}\n"));
    CHECK_FALSE(foreign(""));
    CHECK_FALSE(foreign("0123"));
    CHECK_FALSE(foreign(std::string(4096, '\0')));  // of a machine that lost power
    CHECK_FALSE(foreign("0123456789abcdef {\"ev"));
}

TEST_CASE("a line without end costs bounded memory and hides nothing after it") {
    std::size_t events = 0;
    JournalReader reader([&](nlohmann::json&&) { ++events; });
    const std::string megabyte(1U << 20U, '0');
    for (int i = 0; i < 70; ++i) reader.feed(megabyte);
    reader.feed("\n" + journal_line({{"event", "e"}}));
    CHECK(events == 1);
    CHECK(reader.damaged_lines() == 1);
}
