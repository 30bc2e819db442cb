// What a setting of a TOML file may be, and the words that refuse another one. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hlaunch {

// As it was written; typed: a word of the command line, which may mean any of the others.
enum class ValueType { text, whole, real, flag, typed };

struct SettingRule {
    enum class Kind { text, choice, flag, whole, number, size };
    Kind kind = Kind::text;
    bool list = false;   // several of these in a list
    bool blank = false;  // texts may be empty
    bool bare = false;   // a whole number stands for a text
    double least = 0.0, most = 0.0;
    std::vector<std::string_view> choices{};
};

// list: written as one, were it of a single value. types: one a value; none: all typed.
[[nodiscard]] std::optional<std::string> why_not(const SettingRule& rule, const std::vector<std::string>& values,
                                                 const std::vector<ValueType>& types, bool list);

}  // namespace hlaunch
