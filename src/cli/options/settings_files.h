// Which settings files count. Strongest first: ./hlaunch.toml, the user's config folder, /etc/hlaunch.toml. A settings
// file names the command that is run, so one that somebody else could have written is not taken.
#pragma once

#include <optional>
#include <string>

#include "cli/options/settings.h"

namespace hlaunch {

// named: a file that the user typed, stronger than the others; empty: none. Of another user's config folder (HOME of
// another, as by sudo) nothing is read, and that is said on standard error, once. Throws usage Error on a file that is
// none, and where ./hlaunch.toml or its folder belongs to another or may be written by others, unless that folder is in
// trust.folders of the user's own settings or of /etc.
[[nodiscard]] Settings load_settings(const std::string& named = {});
// The one file that the user named.
[[nodiscard]] Settings load_settings_file(const std::string& path);

// "~/.config/hlaunch", by XDG_CONFIG_HOME and HOME, where they are absolute and the folder is not another's.
[[nodiscard]] std::optional<std::string> user_config_folder();
// As trust_of_file() for templates: throws usage Error on the files of this ending in ./folder that are not trusted.
void refuse_foreign_files(const std::string& folder, const std::string& ending);

}  // namespace hlaunch
