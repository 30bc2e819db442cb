// What is refused before anything is started: one line, what, where, why and the remedy.
#pragma once

#include <string>
#include <string_view>

#include "job/request/options.h"
#include "os/process/environment.h"

namespace hlaunch {

// It can be read, is YAML, and a mapping.
void check_config_file(const std::string& path);

// The config, where there is one, can be read and is a mapping; the application is on PATH; the hooks are found. Fills
// in absolute paths of the request.
[[nodiscard]] homodyne::AnalysisRequest check_request(const AnalysisSpec& analysis, const Environment& environment,
                                                      const std::optional<homodyne::ShortRun>& short_run = {});

// Before homodyne is asked: the files that the config names, and --nlsq-result, are there, from the current folder.
void check_named_inputs(const AnalysisSpec& analysis);

// What asks for something of a run folder has one.
void check_folder_where_needed(const JobOptions& options);

// The output folder is new, empty, or a run folder of this kind (run, command, queue, campaign), also with --fresh;
// there is space. Makes it, and writes nothing.
[[nodiscard]] std::string check_output(const FolderSpec& spec, std::string_view kind);

// Throws usage Error where a folder of `kind` (see run/journal/run_kind.h; empty: not known) is to become one of `own`.
void refuse_kind(std::string_view kind, std::string_view own, const std::string& output);

}  // namespace hlaunch
