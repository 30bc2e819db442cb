#include "os/private_folder.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/error.h"

namespace hlaunch {

void make_private_folder(const std::filesystem::path& path) {
    remove_private_folder(path);
    if (::mkdir(path.c_str(), 0700) != 0)
        throw infrastructure_error("making the temporary folder '{}' failed: {}; set TMPDIR to a folder that is yours",
                                   path.native(), std::strerror(errno));
}

void remove_private_folder(const std::filesystem::path& path) noexcept try {
    std::error_code ignored;
    if (!path.empty()) std::filesystem::remove_all(path, ignored);
} catch (const std::exception&) {  // no memory for it
}

}  // namespace hlaunch
