#include "job/commands/command_resume.h"

#include <sys/stat.h>

#include "base/json_fields.h"
#include "job/request/content_hash.h"
#include "run/states/outcome.h"

namespace hlaunch {

std::vector<std::string> command_keys(const Stage& stage, const std::string& staged_file,
                                      const nlohmann::json& variables) {
    struct stat file {};
    nlohmann::json staged;
    if (!staged_file.empty() && ::stat(staged_file.c_str(), &file) == 0)
        staged = {staged_file, file.st_size, file.st_mtim.tv_sec, file.st_mtim.tv_nsec};
    std::vector<std::string> out;
    for (const auto& instance : stage.instances) {
        nlohmann::json text{instance.argv, instance.env, instance.cwd, staged};
        if (!variables.empty()) text.push_back(variables);
        out.push_back(hash_text(text.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)));
    }
    return out;
}

std::map<std::string, nlohmann::json> commands_done(const std::vector<nlohmann::json>& events) {
    std::map<std::string, nlohmann::json> out;
    std::vector<std::string> keys;
    for (const auto& event : events) {
        if (text_in(event, "event") == "command") {
            keys.clear();
            for (const auto& key : list_in(event, "keys"))
                keys.push_back(key.is_string() ? key.get<std::string>() : "");
        }
        if (text_in(event, "event") != "end" || text_in(event, "stage") != "command") continue;
        const auto part = count_in(event, "part");
        if (part < keys.size() && text_in(event, "outcome") == to_string(Outcome::done)) out[keys[part]] = event;
    }
    return out;
}

}  // namespace hlaunch
