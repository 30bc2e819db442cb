// What makes two analyses the same: a run folder is continued only by the analysis that began it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "homodyne/facts.h"
#include "homodyne/planner.h"
#include "os/environment.h"

namespace hlaunch {

// 128-bit content hash (XXH3) in hex. Throws infrastructure Error where the file cannot be read.
[[nodiscard]] std::string hash_file(const std::string& path);
[[nodiscard]] std::string hash_text(std::string_view text);

// The parts of the key by name, so that a difference can be named: derived config, each data file's content,
// the NLSQ result and the variables given by the user, shard count, versions, hooks. Placements are not in it: draws do
// not depend on where they are drawn.
[[nodiscard]] nlohmann::json identity_of(const homodyne::AnalysisRequest& request, const homodyne::Facts& facts,
                                         const std::string& derived_config, const nlohmann::json& variables);
[[nodiscard]] std::string run_key(const nlohmann::json& identity);

// --key-env: variables that what runs depends on, with a hash of their values (null: not set). They may
// be secret: the hash is by a key of the user's own, so that trying all values out does not tell.
[[nodiscard]] nlohmann::json key_variables(const std::vector<std::string>& names, const Environment& environment);

// Whether a command or queue among these events was begun by a version that hashed such variables without a secret:
// what it has done under them is not known again.
[[nodiscard]] bool hashed_without_secret(const std::vector<nlohmann::json>& events);
inline constexpr const char* former_hashes_text =
    "hlaunch: warning: an earlier version hashed the variables of --key-env without a secret: what ended under it is "
    "not known by them and runs again";

// "the config", "data file X" ...: what differs, for people; empty when nothing does.
[[nodiscard]] std::vector<std::string> differences(const nlohmann::json& before, const nlohmann::json& now);

// The file that homodyne reads of what --nlsq-result names.
[[nodiscard]] std::string result_file_of(const std::string& nlsq_result);

}  // namespace hlaunch
