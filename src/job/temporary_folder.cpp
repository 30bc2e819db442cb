#include "job/temporary_folder.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/error.h"

namespace hlaunch {

TemporaryFolder::TemporaryFolder(const std::string& name) {
    std::error_code failed;
    path_ = std::filesystem::temp_directory_path(failed) / ("hlaunch-" + name + "-XXXXXX");
    if (failed) throw infrastructure_error("TMPDIR names no folder; set it to one you may write to");
    auto path = path_.string();
    if (mkdtemp(path.data()) == nullptr)
        throw infrastructure_error("cannot make {}: {}; set TMPDIR", path, std::strerror(errno));
    path_ = path;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    if (!kept_) std::filesystem::remove_all(path_, ignored);
}

}  // namespace hlaunch
