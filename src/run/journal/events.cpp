#include "run/journal/events.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "base/json_fields.h"

namespace hlaunch {
namespace events {
namespace {

using nlohmann::json;

template <class T>
constexpr bool is_optional = false;
template <class T>
constexpr bool is_optional<std::optional<T>> = true;

// A whole number from 0 on; above any that is meant, that is the limit.
template <class Number>
std::optional<Number> number_of(const json& field) {
    constexpr std::uint64_t most = sizeof(Number) < sizeof(std::uint64_t) ? 1U << 24U : ~0ULL;
    if (!field.is_number_integer() || (!field.is_number_unsigned() && field.get<std::int64_t>() < 0)) return {};
    return static_cast<Number>(std::min(field.get<std::uint64_t>(), most));
}

void read(json& from, const char* key, std::string& value) {
    value = text_in(from, key);
}
void read(json& from, const char* key, bool& value) {
    value = flag_in(from, key);
}
void read(json& from, const char* key, std::optional<double>& value) {
    value = number_in(from, key);
}
void read(json& from, const char* key, std::optional<Outcome>& value) {
    value = parse_outcome(text_in(from, key));
}
void read(json& from, const char* key, Texts& value) {
    for (const auto& one : list_in(from, key)) value.push_back(one.is_string() ? one.get<std::string>() : "");
}
void read(json& from, const char* key, Json& value) {
    // Moved: a copy of what is nested deeply would recurse.
    if (const auto found = from.find(key); found != from.end()) value = std::make_shared<json>(std::move(*found));
}
template <std::integral Number>
void read(json& from, const char* key, std::optional<Number>& value) {
    value = number_of<Number>(field_in(from, key));
}
template <class Number>
requires std::is_arithmetic_v<Number>
void read(json& from, const char* key, Number& value) {
    std::optional<Number> found;
    read(from, key, found);
    value = found.value_or(Number{});
}

struct Reader {
    json& from;
    std::string name;
    bool is_it = false;  // whose fields are asked for
    Reader& operator()(const char* its_name) { return is_it = name == its_name, *this; }
    Reader& operator()(const char* key, auto& value) {
        if (is_it) read(from, key, value);
        return *this;
    }
    Reader& any(const char* key, auto& value) { return (*this)(key, value); }
};

template <class What>
bool read_one(Reader& reader, Any& out) {
    if constexpr (!std::is_same_v<What, Unknown>) {
        What one;
        one.fields(reader);
        if (reader.is_it) out = std::move(one);
    }
    return reader.is_it;
}
template <class... What>
bool read_any(Reader reader, std::variant<What...>& out) {
    return (read_one<What>(reader, out) || ...);
}

struct Writer {
    json to;
    Writer& operator()(const char* name) { return to["event"] = name, *this; }
    template <class Value>
    Writer& operator()(const char* key, Value& value) {
        if constexpr (is_optional<Value>) {
            if (value) (*this)(key, *value);
        } else if constexpr (std::is_same_v<Value, Outcome>) {
            to[key] = std::string(to_string(value));
        } else if constexpr (std::is_same_v<Value, Json>) {
            to[key] = value ? *value : json();
        } else {
            to[key] = value;
        }
        return *this;
    }
    template <class Value>
    Writer& any(const char* key, Value& value) {
        return value == Value{} ? *this : (*this)(key, value);
    }
};

}  // namespace
}  // namespace events

Event parse_event(nlohmann::json json) {
    Event out;
    out.time = text_in(json, "time");
    out.up = number_in(json, "up");
    if (!events::read_any({json, text_in(json, "event")}, out.what))
        out.what = events::Unknown{std::make_shared<nlohmann::json>(std::move(json))};
    if (auto* end = std::get_if<events::End>(&out.what)) std::erase(end->proof, "");
    return out;
}

nlohmann::json to_json(Event event) {
    events::Writer writer;
    std::visit(
        [&](auto& what) {
            if constexpr (std::is_same_v<decltype(what), events::Unknown&>)
                writer.to = what.json ? *what.json : nlohmann::json::object();
            else
                what.fields(writer);
        },
        event.what);
    if (!event.time.empty()) writer.to["time"] = event.time;
    if (event.up) writer.to["up"] = *event.up;
    return std::move(writer.to);
}

}  // namespace hlaunch
