#include "job/request/key_variables.h"

#include "base/keyed_hash.h"
#include "job/request/user_secret.h"

namespace hlaunch {
namespace {

const std::string keyed_mark = "keyed:";

}  // namespace

bool is_keyed(const nlohmann::json& value) {
    return value.is_string() && value.get_ref<const std::string&>().starts_with(keyed_mark);
}

nlohmann::json key_variables(const std::vector<std::string>& names, const Environment& environment) {
    auto out = nlohmann::json::object();
    if (names.empty()) return out;
    const auto key = user_secret(environment);
    for (const auto& name : names) {
        const auto value = environment.get(name);
        out[name] = value ? nlohmann::json(keyed_mark + keyed_hash_hex(key, *value)) : nlohmann::json();
    }
    return out;
}

}  // namespace hlaunch
