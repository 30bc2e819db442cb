#include "os/files/private_folder.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "os/io/no_links.h"

namespace hlaunch {

void make_private_folder(const std::filesystem::path& path) {
    remove_private_folder(path);
    if (::mkdir(path.c_str(), 0700) != 0)
        throw infrastructure_error("making the temporary folder '{}' failed: {}; set TMPDIR to a folder that is yours",
                                   path.native(), std::strerror(errno));
}

void remove_private_folder(const std::filesystem::path& path) noexcept {
    if (!path.empty()) static_cast<void>(remove_tree(path));
}

}  // namespace hlaunch
