// What was intended and what came of it: one checksummed JSON line an event, on disk before it counts.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace hlaunch {

// "HHHHHHHHHHHHHHHH {json}\n": the xxh3 hash of the JSON text in hex. No newline inside.
[[nodiscard]] std::string journal_line(const nlohmann::json& event);

// The events of a journal's text up to the first line that is torn or altered; the rest is dropped and its
// size reported in dropped_bytes.
struct JournalText {
    std::vector<nlohmann::json> events;
    std::size_t dropped_bytes = 0;
};
[[nodiscard]] JournalText read_journal(std::string_view text);

}  // namespace hlaunch
