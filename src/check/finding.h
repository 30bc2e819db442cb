// One line of the checklist: what was looked at, what was found, and what to do about it.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace hlaunch {

enum class Level { ok, warn, fail };

// A scalar of a YAML file to be set: {"optimization", "cmc", "per_angle_mode"}, "auto".
struct ConfigEdit {
    std::vector<std::string> path;
    std::string value;
};

struct Finding {
    std::string name;  // stable, "memory-fraction": programs key on it
    Level level = Level::ok;
    std::string value;   // as measured or read
    std::string remedy;  // empty where it is ok
    std::optional<ConfigEdit> fix = std::nullopt;
};

[[nodiscard]] inline Finding ok(std::string name, std::string value) {
    return {.name = std::move(name), .level = Level::ok, .value = std::move(value), .remedy = {}};
}
[[nodiscard]] inline Finding warn(std::string name, std::string value, std::string remedy) {
    return {.name = std::move(name), .level = Level::warn, .value = std::move(value), .remedy = std::move(remedy)};
}
[[nodiscard]] inline Finding fail(std::string name, std::string value, std::string remedy) {
    return {.name = std::move(name), .level = Level::fail, .value = std::move(value), .remedy = std::move(remedy)};
}

}  // namespace hlaunch
