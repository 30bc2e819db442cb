// The checklist: the host, the folders, the user's environment, the application and the analysis, gone through before a
// run.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "check/finding.h"
#include "job/request/options.h"
#include "os/process/environment.h"
#include "topology/machine.h"

namespace hlaunch {

struct CheckGroup {
    std::string name;  // host, storage, environment, application, analysis
    std::vector<Finding> findings;
};

// The config may be empty: then nothing is said of an analysis. Files of /proc and /sys are read under
// `sysroot`. What a run would refuse becomes a finding; only a config that is no YAML throws, as it does there.
[[nodiscard]] std::vector<CheckGroup> make_checklist(const JobOptions& options, const Machine& machine,
                                                     const std::filesystem::path& sysroot,
                                                     const Environment& environment);

// The edits of all findings made in a copy of the text, in their order; `refused` names what cannot be edited in place.
struct FixedConfig {
    std::string before, after;
    std::vector<std::string> done, refused;  // names of findings
};
[[nodiscard]] FixedConfig fix_config(const std::string& path, const std::vector<CheckGroup>& groups);

// Writes it, the old text first into the first free of PATH.bak, PATH.bak1, ...; returns that name.
[[nodiscard]] std::string write_fixed(const std::string& path, const FixedConfig& fixed);

}  // namespace hlaunch
