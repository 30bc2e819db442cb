// The environment of a child as a value; the process's own is read, never changed.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hlaunch {

class Environment {
  public:
    Environment() = default;
    [[nodiscard]] static Environment current();

    void set(std::string name,
             std::string value);  // throws usage Error on '=' or NUL in the name, NUL in the value
    void unset(std::string_view name);
    [[nodiscard]] std::optional<std::string> get(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> list() const;  // "NAME=value", sorted

  private:
    std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace hlaunch
