#include "os/files/private_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>

#include "os/io/no_links.h"

namespace hlaunch {

UniqueFd open_private_lock(const std::filesystem::path& path) {
    constexpr int how = O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    UniqueFd fd(open_no_links(path.c_str(), how, S_IRUSR | S_IWUSR));
    struct stat file {};
    struct stat folder {};
    if (!fd || ::fstat(fd.get(), &file) != 0 || file.st_uid != ::geteuid() || !S_ISREG(file.st_mode)) return fd;
    const bool groups = ::stat(folder_of(path).c_str(), &folder) == 0 && (folder.st_mode & S_IWGRP) != 0;
    const mode_t mode = groups ? 0660 : 0600;
    if ((file.st_mode & 07777U) != mode) static_cast<void>(::fchmod(fd.get(), mode));
    return fd;
}

PrivateLock::PrivateLock(std::filesystem::path path)
    : path_(std::move(path)), fd_(open_private_lock(path_)), pid_(::getpid()) {}

void PrivateLock::remove() noexcept {
    if (fd_ && pid_ == ::getpid()) static_cast<void>(remove_tree(path_));
}

AppendFile::Lock PrivateLock::try_lock() {
    struct stat status {};
    // Removed by who had it before: a lock on it would hold nobody off.
    if (fd_ && ::fstat(fd_.get(), &status) == 0 && status.st_nlink == 0) fd_ = open_private_lock(path_);
    if (!fd_) return AppendFile::Lock::none;
    if (::flock(fd_.get(), LOCK_EX | LOCK_NB) == 0) return AppendFile::Lock::ours;
    return errno == EWOULDBLOCK ? AppendFile::Lock::theirs : AppendFile::Lock::none;
}

}  // namespace hlaunch
