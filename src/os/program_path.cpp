#include "os/program_path.h"

#include <unistd.h>

#include <filesystem>
#include <sstream>

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

bool can_be_run(const fs::path& path) {
    std::error_code failed;
    return fs::is_regular_file(path, failed) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::optional<std::string> program_path(const std::string& name, const Environment& environment) {
    if (name.empty()) return std::nullopt;
    if (name.find('/') != std::string::npos) {
        const auto path = fs::absolute(name).lexically_normal();
        return can_be_run(path) ? std::optional(path.string()) : std::nullopt;
    }
    std::istringstream folders(environment.get("PATH").value_or("/usr/local/bin:/usr/bin:/bin"));
    for (std::string folder; std::getline(folders, folder, ':');) {
        const auto path = fs::absolute(folder.empty() ? "." : folder).lexically_normal() / name;
        if (can_be_run(path)) return path.string();
    }
    return std::nullopt;
}

}  // namespace hlaunch
