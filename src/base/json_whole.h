// Whole numbers out of JSON. The JSON library casts: -1 becomes 4294967295, and what a double holds beyond the range is
// undefined.
#pragma once

#include <concepts>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/error.h"

namespace hlaunch {

// 12 and 12.0, never -1, 1.5 or more than the type holds: usage Error.
template <std::unsigned_integral T>
void take_whole(const nlohmann::json& from, T& out) {
    constexpr double exact = 9007199254740992.0;  // every whole number below is a double
    std::uint64_t value = 0;
    bool whole = from.is_number_unsigned();
    if (whole) {
        value = from.get<std::uint64_t>();
    } else if (from.is_number_float()) {
        const auto real = from.get<double>();
        whole = real >= 0.0 && real <= exact;
        if (whole) value = static_cast<std::uint64_t>(real);
        whole = whole && static_cast<double>(value) == real;
    }
    if (!whole || value > std::numeric_limits<T>::max())
        throw usage_error("a {} where a whole number up to {} belongs", from.type_name(),
                          std::numeric_limits<T>::max());
    out = static_cast<T>(value);
}

template <std::unsigned_integral T>
void take_whole(const nlohmann::json& from, std::vector<T>& out) {
    out.clear();
    for (const auto& item : from.get_ref<const nlohmann::json::array_t&>()) take_whole(item, out.emplace_back());
}

}  // namespace hlaunch
