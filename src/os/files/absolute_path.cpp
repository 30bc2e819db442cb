#include "os/files/absolute_path.h"

#include <algorithm>
#include <system_error>

#include "base/error.h"

namespace hlaunch {

namespace fs = std::filesystem;

fs::path absolute_path(const fs::path& path) {
    if (path.is_absolute()) return absolute_path(path, {});
    std::error_code failed;
    const auto here = fs::current_path(failed);
    if (failed) throw infrastructure_error("the current folder: {}; change to one that is there", failed.message());
    return absolute_path(path, here);
}

fs::path absolute_path(const fs::path& path, const fs::path& folder) {
    const auto whole = path.is_absolute() ? path : folder / path;
    if (std::ranges::count(whole, fs::path("..")) == 0) return whole.lexically_normal();
    std::error_code failed;
    auto out = fs::weakly_canonical(whole, failed);
    return failed ? whole : out;
}

}  // namespace hlaunch
