#include "os/files/glob_files.h"

#include <glob.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <span>

#include "base/error.h"

namespace hlaunch {
namespace {

// A folder that is not there matches nothing; one that cannot be read is told.
int stop_at(const char*, int error) {
    return error == ENOENT || error == ENOTDIR ? 0 : 1;
}

}  // namespace

bool is_pattern(const std::string& text) {
    return text.find_first_of("*?[") != std::string::npos;
}

std::vector<std::string> files_matching(const std::string& pattern) {
    std::error_code failed;
    if (std::filesystem::exists(pattern, failed)) return {pattern};
    if (!is_pattern(pattern)) return {};
    glob_t found{};
    const std::unique_ptr<glob_t, decltype(&::globfree)> freed(&found, &::globfree);
    const int code = ::glob(pattern.c_str(), 0, stop_at, &found);
    if (code == GLOB_NOMATCH) return {};
    if (code != 0)
        throw infrastructure_error("looking for {} failed: {}", pattern,
                                   code == GLOB_NOSPACE ? "no memory" : "a folder on the way cannot be read");
    std::vector<std::string> out;
    for (const char* path : std::span(found.gl_pathv, found.gl_pathc)) out.emplace_back(path);
    return out;
}

}  // namespace hlaunch
