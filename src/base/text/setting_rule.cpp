#include "base/text/setting_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/error.h"
#include "base/text/quantity.h"

namespace hlaunch {
namespace {

using Kind = SettingRule::Kind;

std::string wanted(const SettingRule& rule) {
    switch (rule.kind) {
        case Kind::choice:
            return fmt::format("one of \"{}\"", fmt::join(rule.choices, "\", \""));
        case Kind::flag:
            return "true or false, without quotes,";
        case Kind::whole:
            return fmt::format("a whole number from {} to {}", rule.least, rule.most);
        case Kind::number:
            return fmt::format("a number from {} to {}", rule.least, rule.most);
        case Kind::size:
            return "a size in quotes, as \"512M\" or \"1.5GiB\",";
        case Kind::text:
            break;
    }
    return "text in quotes";
}

std::string given(const std::string& value, ValueType type) {
    switch (type) {
        case ValueType::whole:
        case ValueType::real:
            return fmt::format("the number {}", value);
        case ValueType::flag:
            return value;
        case ValueType::typed:
            return fmt::format("'{}'", value.substr(0, 80));
        case ValueType::text:
            break;
    }
    return value.empty() ? "an empty text" : fmt::format("the text '{}'", value.substr(0, 80));
}

template <class Number>
bool in_range(const SettingRule& rule, const std::string& value) {
    Number number{};
    const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (failed != std::errc{} || end != value.data() + value.size()) return false;
    return static_cast<double>(number) >= rule.least && static_cast<double>(number) <= rule.most;  // not of NaN
}

bool is_size(const std::string& value) {
    try {
        static_cast<void>(parse_bytes(value));
        return true;
    } catch (const Error&) {
        return false;
    }
}

bool fits(const SettingRule& rule, const std::string& value, ValueType type) {
    const bool text = type == ValueType::text || type == ValueType::typed;
    const bool whole = type == ValueType::whole || type == ValueType::typed;
    switch (rule.kind) {
        case Kind::text:
            return (text && (rule.blank || !value.empty())) || (rule.bare && whole);
        case Kind::choice:
            return text && std::find(rule.choices.begin(), rule.choices.end(), value) != rule.choices.end();
        case Kind::flag:
            return (type == ValueType::flag || type == ValueType::typed) && (value == "true" || value == "false");
        case Kind::whole:
            return whole && in_range<std::int64_t>(rule, value);
        case Kind::number:
            return (whole || type == ValueType::real) && in_range<double>(rule, value);
        case Kind::size:
            return (text || whole) && is_size(value);
    }
    return false;
}

}  // namespace

std::optional<std::string> why_not(const SettingRule& rule, const std::vector<std::string>& values,
                                   const std::vector<ValueType>& types, bool list) {
    const auto refusal = [&](const std::string& what) {
        return fmt::format("{} is wanted{}, not {}", wanted(rule), rule.list ? ", or a list of these" : "", what);
    };
    if (!rule.list && (list || values.size() != 1)) return refusal("a list");
    for (std::size_t i = 0; i < values.size(); ++i)
        if (const auto type = types.empty() ? ValueType::typed : types[i]; !fits(rule, values[i], type))
            return refusal(given(values[i], type));
    return std::nullopt;
}

}  // namespace hlaunch
