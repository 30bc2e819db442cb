// TOML as people write it, read without trusting it. The only place that includes toml++: its macros must be the same
// everywhere.
#pragma once

#include <stdexcept>
#include <string>

// toml++ asserts on some malformed input; what a user typed must come back as an error instead.
#define TOML_HEADER_ONLY 1
#define TOML_ASSERT(expression) \
    static_cast<void>((expression) ? 0 : throw std::runtime_error("text that no TOML reader understands"))
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wterminate"  // in noexcept paths that parsing does not take
#include <toml++/toml.h>
#pragma GCC diagnostic pop

namespace hlaunch {

// path: for messages. Throws usage Error with line and column.
[[nodiscard]] toml::table parse_toml(const std::string& text, const std::string& path);

}  // namespace hlaunch
