// What the ranks of one run say to each other: a kind, some facts, and for files their bytes. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace hlaunch {

struct RankMessage {
    nlohmann::json facts;  // an object; "kind" is one of the kinds of desk.h
    std::string bytes{};   // of a file's piece

    [[nodiscard]] std::string kind() const;
};

constexpr std::size_t most_message_bytes = 128U << 10U;  // of one encoded: so much every transport takes at once
constexpr std::size_t piece_bytes = 64U << 10U;          // of a file

// One line of JSON, then the bytes. Throws infrastructure Error where it is too large.
[[nodiscard]] std::string encode(const RankMessage& message);
// Throws infrastructure Error: what came is no message, which is no fault of the user's.
[[nodiscard]] RankMessage decode(std::string_view text);

}  // namespace hlaunch
