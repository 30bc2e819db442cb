// Variables of the environment that tell one run from another (--key-env), as hashes.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "os/process/environment.h"

namespace hlaunch {

// --key-env: variables that what runs depends on, with a hash of their values (null: not set). They may
// be secret: the hash is by a key of the user's own, so that trying all values out does not tell.
[[nodiscard]] nlohmann::json key_variables(const std::vector<std::string>& names, const Environment& environment);

// Where RunHistory::hashed_without_secret() tells so.
inline constexpr const char* former_hashes_text =
    "hlaunch: warning: an earlier version hashed the variables of --key-env without a secret: what ended under it is "
    "not known by them and runs again";

// Whether a value is such a hash.
[[nodiscard]] bool is_keyed(const nlohmann::json& value);

}  // namespace hlaunch
