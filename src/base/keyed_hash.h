// A hash that nobody can compute who does not know the key: values that are short or few (a PIN) cannot be found out by
// trying them all. SipHash-2-4, twice, by the two halves of the key.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace hlaunch {

using HashKey = std::array<std::uint64_t, 4>;
[[nodiscard]] std::uint64_t siphash(std::uint64_t key0, std::uint64_t key1, std::string_view text);
[[nodiscard]] std::string keyed_hash_hex(const HashKey& key, std::string_view text);  // 32 digits

}  // namespace hlaunch
