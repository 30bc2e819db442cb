// Settings from TOML files, each value with the place it came from. Which files count: cli/options/settings_files.h.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/text/setting_rule.h"

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
    // Throws usage Error, with line and column, on a text that is no TOML, names a key nobody knows, or gives one a
    // value of another type or range than it has; `path` is for messages.
    [[nodiscard]] static Settings of_text(const std::string& text, const std::string& path);
    // What is not set yet, from a weaker file.
    void add_weaker(const Settings& other);
    // Each file that was read, with the keys that it has: "hlaunch.toml (app.command, run.per)".
    [[nodiscard]] const std::vector<std::string>& files() const { return files_; }

    [[nodiscard]] const Setting* find(const std::string& dotted_key) const;
    [[nodiscard]] const std::map<std::string, Setting>& all() const { return values_; }

  private:
    std::map<std::string, Setting> values_;
    std::vector<std::string> files_;
};

}  // namespace hlaunch
