// Fields of JSON that may be anything: what is absent or of another type is nothing, never an exception.
#pragma once

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace hlaunch {

[[nodiscard]] inline const nlohmann::json& field_in(const nlohmann::json& json, const char* name) {
    static const nlohmann::json nothing;
    if (!json.is_object()) return nothing;
    const auto found = json.find(name);
    return found == json.end() ? nothing : *found;
}

[[nodiscard]] inline std::string text_in(const nlohmann::json& json, const char* name) {
    const auto& field = field_in(json, name);
    return field.is_string() ? field.get<std::string>() : std::string();
}

[[nodiscard]] inline std::optional<double> number_in(const nlohmann::json& json, const char* name) {
    const auto& field = field_in(json, name);
    if (!field.is_number()) return std::nullopt;
    const auto value = field.get<double>();
    return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

// A whole number above 0; else 0.
[[nodiscard]] inline std::uint64_t count_in(const nlohmann::json& json, const char* name) {
    const auto& field = field_in(json, name);
    if (field.is_number_unsigned()) return field.get<std::uint64_t>();
    return field.is_number_integer() && field.get<std::int64_t>() > 0 ? field.get<std::uint64_t>() : 0;
}

[[nodiscard]] inline bool flag_in(const nlohmann::json& json, const char* name) {
    const auto& field = field_in(json, name);
    return field.is_boolean() && field.get<bool>();
}

// An array, or an empty one.
[[nodiscard]] inline const nlohmann::json& list_in(const nlohmann::json& json, const char* name) {
    static const nlohmann::json none = nlohmann::json::array();
    const auto& field = field_in(json, name);
    return field.is_array() ? field : none;
}

// The texts of an array.
[[nodiscard]] inline std::vector<std::string> texts_in(const nlohmann::json& json, const char* name) {
    std::vector<std::string> out;
    for (const auto& item : list_in(json, name))
        if (item.is_string()) out.push_back(item.get<std::string>());
    return out;
}

}  // namespace hlaunch
