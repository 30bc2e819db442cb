#include "os/files/temporary_folder.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "os/files/file.h"
#include "os/io/no_links.h"

namespace hlaunch {

TemporaryFolder::TemporaryFolder(const std::string& name) {
    std::error_code failed;
    path_ = std::filesystem::temp_directory_path(failed) / ("hlaunch-" + name + "-XXXXXX");
    if (failed) throw infrastructure_error("TMPDIR names no folder; set it to one you may write to");
    auto path = path_.string();
    if (mkdtemp(path.data()) == nullptr)
        throw infrastructure_error("cannot make {}: {}; set TMPDIR", path, std::strerror(errno));
    path_ = canonical_path(path);  // TMPDIR may be a link; what is below it is reached through none
}

TemporaryFolder::~TemporaryFolder() {
    if (!kept_) static_cast<void>(remove_tree(path_));
}

}  // namespace hlaunch
