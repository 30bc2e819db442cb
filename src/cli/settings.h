// Settings from TOML files, each value with the place it came from. Strongest first: the command line and
// HLAUNCH_* variables (CLI11 reads those), then ./hlaunch.toml, the user's config folder, /etc/hlaunch.toml.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/setting_rule.h"

namespace hlaunch {

struct Setting {
    std::vector<std::string> values;  // one, or the items of an array
    std::string source;               // "./hlaunch.toml:3"
    std::size_t column = 1;
    std::vector<ValueType> types{};  // of each
    bool list = false;               // an array
};

class Settings {
  public:
    // The files that are there, strongest first. Throws usage Error, with line and column, on a file that is
    // no TOML, names a key nobody knows, or gives one a value of another type or range than it has.
    [[nodiscard]] static Settings load(const std::vector<std::string>& paths);
    // The same of a text that is on no disk yet; `path` is for messages.
    [[nodiscard]] static Settings of_text(const std::string& text, const std::string& path);
    // The paths looked at, from HOME and XDG_CONFIG_HOME.
    [[nodiscard]] static std::vector<std::string> default_paths();

    [[nodiscard]] const Setting* find(const std::string& dotted_key) const;
    [[nodiscard]] const std::map<std::string, Setting>& all() const { return values_; }

  private:
    std::map<std::string, Setting> values_;
};

// "~/.config/hlaunch", by XDG_CONFIG_HOME and HOME.
[[nodiscard]] std::optional<std::string> user_config_folder();

}  // namespace hlaunch
