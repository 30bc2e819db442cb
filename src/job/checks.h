// What is refused before anything is started: one line, what, where, why and the remedy.
#pragma once

#include "job/options.h"
#include "os/environment.h"

namespace hlaunch {

// It can be read, is YAML, and a mapping.
void check_config_file(const std::string& path);

// The config, where there is one, can be read and is a mapping; the application is on PATH; the hooks are found. Fills
// in absolute paths of the request.
[[nodiscard]] homodyne::AnalysisRequest check_request(const JobOptions& options, const Environment& environment);

// What asks for something of a run folder has one.
void check_folder_where_needed(const JobOptions& options);

// The output folder is new, empty, or a run folder; there is space. Makes it.
[[nodiscard]] std::string check_output(const JobOptions& options);

}  // namespace hlaunch
