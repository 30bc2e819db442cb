#include "job/identity.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/error.h"
#include "base/keyed_hash.h"
#include "base/printable.h"
#include "job/user_secret.h"
#include "os/unique_fd.h"
#include "run/json_fields.h"

namespace hlaunch {
namespace {

std::string hex(XXH128_hash_t hash) {
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

const std::string keyed_mark = "keyed:";

bool is_keyed(const nlohmann::json& value) {
    return value.is_string() && value.get_ref<const std::string&>().starts_with(keyed_mark);
}

}  // namespace

std::string result_file_of(const std::string& nlsq_result) {
    for (const char* name : {"/nlsq/parameters.json", "/parameters.json"})
        if (std::filesystem::is_regular_file(nlsq_result + name)) return nlsq_result + name;
    return nlsq_result;
}

std::string hash_file(const std::string& path) {
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat status {};
    if (fd && fstat(fd.get(), &status) == 0 && !S_ISREG(status.st_mode))
        throw usage_error("{} is no file that can be read twice", printable(path));
    if (!fd) throw infrastructure_error("cannot read {}: {}", path, std::strerror(errno));
    const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(), &XXH3_freeState);
    XXH3_128bits_reset(state.get());
    std::vector<char> block(1U << 20U);
    for (;;) {
        const auto got = read(fd.get(), block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw infrastructure_error("cannot read {}: {}", path, std::strerror(errno));
        if (got == 0) break;
        XXH3_128bits_update(state.get(), block.data(), static_cast<std::size_t>(got));
    }
    return hex(XXH3_128bits_digest(state.get()));
}

std::string hash_text(std::string_view text) {
    return hex(XXH3_128bits(text.data(), text.size()));
}

nlohmann::json identity_of(const homodyne::AnalysisRequest& request, const homodyne::Facts& facts,
                           const std::string& derived_config, const nlohmann::json& variables) {
    nlohmann::json out;
    out["config"] = hash_file(derived_config);
    for (const auto& path : facts.data_files) out["data file " + path] = hash_file(path);
    for (const auto& [name, value] : variables.items()) out["the variable " + name] = value;
    out["homodyne's version"] = facts.version;
    out["--nlsq-result"] = request.nlsq_result.empty() ? "" : hash_file(result_file_of(request.nlsq_result));
    out["the method"] = homodyne::wants_cmc(request.mode, facts.yaml_method) ? "cmc" : "nlsq";
    if (out["the method"] == "nlsq") return out;
    if (request.posterior.is_exact()) {
        out["--posterior"] = "exact";
        out["--pairs"] = request.posterior.pairs_once ? "once" : "twice";
        out["--prior-source"] = request.posterior.yaml_priors ? "yaml" : "homodyne";
        out["--ess"] = request.posterior.effective_draws;
        return out;
    }
    out["the number of shards"] = facts.num_shards;
    out["--split and --hooks"] = request.split == homodyne::Split::shards     ? "shards"
                                 : request.split == homodyne::Split::replicas ? "replicas"
                                                                              : "none";
    out["--keep-lost-priors"] = !request.repair_priors;
    return out;
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

bool hashed_without_secret(const std::vector<nlohmann::json>& events) {
    return std::ranges::any_of(events, [](const auto& event) {
        const auto what = text_in(event, "event");
        return (what == "command" || what == "queue") && !flag_in(event, "keyed");
    });
}

std::string run_key(const nlohmann::json& identity) {
    return hash_text(identity.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

std::vector<std::string> differences(const nlohmann::json& before, const nlohmann::json& now) {
    std::vector<std::string> out;
    for (const auto& [key, value] : now.items())
        if (!before.contains(key) || before[key] != value)
            out.push_back(key +
                          (is_keyed(value) && before.contains(key) && before[key].is_string() && !is_keyed(before[key])
                               ? ", which an earlier hlaunch hashed without a secret,"
                               : ""));
    for (const auto& [key, value] : before.items())
        if (!now.contains(key)) out.push_back(key);
    return out;
}

}  // namespace hlaunch
