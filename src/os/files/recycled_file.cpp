#include "os/files/recycled_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace hlaunch {

void RecycledFile::keep(const std::filesystem::path& path) {
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode) || found.st_size != 0) return;
    remove();
    path_ = path;
}

void RecycledFile::give(const std::filesystem::path& path) {
    if (path_.empty()) return;
    if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0)
        path_.clear();
    else if (errno != EEXIST)  // a file system that cannot do this
        remove();
}

void RecycledFile::remove() noexcept {
    if (!path_.empty()) ::unlink(path_.c_str());
    path_.clear();
}

}  // namespace hlaunch
