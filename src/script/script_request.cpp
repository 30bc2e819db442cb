#include "script/script_request.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/text/nearest_name.h"

namespace hlaunch {

const std::vector<std::string>& script_kinds() {
    static const std::vector<std::string> kinds{"slurm", "slurm-array", "slurm-merge", "pbs", "mpi"};
    return kinds;
}

std::string to_string(ScriptKind kind) {
    return script_kinds()[static_cast<std::size_t>(kind)];
}

ScriptKind parse_script_kind(const std::string& name) {
    const auto& kinds = script_kinds();
    const auto found = std::find(kinds.begin(), kinds.end(), name);
    if (found != kinds.end()) return static_cast<ScriptKind>(found - kinds.begin());
    const auto near = nearest_name(name, kinds);
    throw usage_error("'{}' is no kind of script{}; there are {}", name.substr(0, 40),
                      near ? fmt::format(" (did you mean {}?)", *near) : "", fmt::join(kinds, ", "));
}

}  // namespace hlaunch
