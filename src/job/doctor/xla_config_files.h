// Where the recommended settings are kept: homodyne's own mode file in homodyne's own place, and files to source
// beside.
#pragma once

#include <string>
#include <vector>

#include "homodyne/app/xla_config.h"
#include "os/process/environment.h"

namespace hlaunch {

struct XlaConfigFiles {
    std::string mode;  // one word; found as homodyne/cli/xla_config.py finds it: virtual environment, conda, XDG
    std::string sh, fish;
};
// Throws usage Error where neither HOME nor the folders' variables are set.
[[nodiscard]] XlaConfigFiles xla_config_files(const Environment& environment);

// Throws usage Error where a file to source is somebody's own, infrastructure where one cannot be written.
void write_xla_config(const XlaConfigFiles& files, const homodyne::XlaRecommendation& recommendation);

// The files that were there; somebody's own are left alone.
std::vector<std::string> remove_xla_config(const XlaConfigFiles& files);

// What homodyne-config-xla was told last; empty: nothing.
[[nodiscard]] std::string configured_mode(const XlaConfigFiles& files);

}  // namespace hlaunch
