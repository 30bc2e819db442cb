// What was intended and what came of it: one checksummed JSON line an event, on disk before it counts. The format is
// in docs/schemas/journal.md.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace hlaunch {

// Of this program. A journal's first line says with which it was written.
inline constexpr std::uint64_t journal_version = 1;

// "HHHHHHHHHHHHHHHH {json}\n": the xxh3 hash of the JSON text in hex. No newline inside.
[[nodiscard]] std::string journal_line(const nlohmann::json& event);
// {"event": "journal", "version": 1}
[[nodiscard]] nlohmann::json journal_header();

// Reads a journal piece by piece, in the order of the file. A line that is torn or altered is passed over and counted,
// never believed; what follows it is read. Every event handed over is an object with a text "event".
class JournalReader {
  public:
    using OnEvent = std::function<void(nlohmann::json&&)>;
    explicit JournalReader(OnEvent on_event) : on_event_(std::move(on_event)) {}

    void feed(std::string_view piece);

    [[nodiscard]] std::uint64_t version() const { return version_; }            // 1 without a header
    [[nodiscard]] bool is_newer() const { return version_ > journal_version; }  // then nothing more is handed over
    [[nodiscard]] std::size_t damaged_lines() const { return damaged_lines_; }  // with good lines after them
    [[nodiscard]] std::uint64_t good_bytes() const { return good_bytes_; }      // up to the end of the last good line
    [[nodiscard]] std::uint64_t dropped_bytes() const { return bytes_ - good_bytes_; }  // after that: a torn tail
    // Whether it can be a journal at all: no good line, and it does not even begin as one.
    [[nodiscard]] bool is_foreign() const { return good_bytes_ == 0 && !begins_well_; }

  private:
    void line(std::string_view text);
    bool believe(std::string_view text);

    OnEvent on_event_;
    std::string part_;       // of a line whose end is still to come
    bool overlong_ = false;  // skipping a line that no journal has
    bool begins_well_ = true;
    std::uint64_t version_ = 1;
    std::uint64_t bytes_ = 0;
    std::uint64_t good_bytes_ = 0;
    std::size_t bad_lines_ = 0;  // since the last good one
    std::size_t damaged_lines_ = 0;
};

struct JournalText {
    std::vector<nlohmann::json> events;  // without the header
    std::uint64_t version = 1;
    std::size_t damaged_lines = 0;
    std::uint64_t dropped_bytes = 0;
    bool foreign = false;
};
[[nodiscard]] JournalText read_journal(std::string_view text);
// These throw usage Error naming the file.
void refuse_foreign_journal(const std::string& path, bool foreign);
void refuse_newer_journal(const std::string& path, std::uint64_t version);

}  // namespace hlaunch
