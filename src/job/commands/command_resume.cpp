#include "job/commands/command_resume.h"

#include <sys/stat.h>

#include "job/request/content_hash.h"

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

}  // namespace hlaunch
