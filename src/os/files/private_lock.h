// A file that is there to be locked. flock() needs no more than to open a file for reading: on one that others may read
// anybody can hold the lock. This one only its owner can open and, where the folder is a group's, that group, which
// could remove it anyway.
#pragma once

#include <filesystem>

#include "os/files/file.h"
#include "os/io/unique_fd.h"

namespace hlaunch {

// Opened for reading and appending, made if need be, reached through no link; invalid: errno tells.
[[nodiscard]] UniqueFd open_private_lock(const std::filesystem::path& path);

class PrivateLock {
  public:
    explicit PrivateLock(std::filesystem::path path);
    // Whether it is now ours alone, until the end of this object. none: it cannot be opened (another member of the
    // group made it), or this file system has no such locks (NFS without lockd, Lustre without -o flock).
    [[nodiscard]] AppendFile::Lock try_lock();
    void remove() noexcept;  // by the process that made this object alone

  private:
    std::filesystem::path path_;
    UniqueFd fd_;
    int pid_;
};

}  // namespace hlaunch
