#include "os/files/tail_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace hlaunch {

bool TailFile::was_replaced() const {
    struct stat mine {
    }, there{};
    if (::fstat(fd_.get(), &mine) != 0 || ::stat(path_.c_str(), &there) != 0) return false;
    return mine.st_ino != there.st_ino || mine.st_dev != there.st_dev;
}

bool TailFile::is_gone() const {
    struct stat there {};
    return ::stat(path_.c_str(), &there) != 0 && errno == ENOENT;
}

std::string TailFile::read_more(std::size_t most_bytes) {
    for (int tries = 0; tries < 2; ++tries) {
        struct stat status {};
        if (!fd_) {
            fd_.reset(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
            offset_ = 0;
            if (fd_ && (::fstat(fd_.get(), &status) != 0 || !S_ISREG(status.st_mode))) fd_.reset();
            if (!fd_) return {};
        }
        if (::fstat(fd_.get(), &status) == 0 && status.st_size < offset_) offset_ = 0;
        std::string text(most_bytes, '\0');
        ssize_t count = -1;
        do count = ::pread(fd_.get(), text.data(), text.size(), offset_);
        while (count < 0 && errno == EINTR);
        // Its first text may be that of another, which has got this inode after it.
        if (offset_ == 0 && is_gone()) {
            fd_.reset();
            return {};
        }
        if (count > 0) {
            offset_ += count;
            text.resize(static_cast<std::size_t>(count));
            return text;
        }
        if (!was_replaced()) return {};
        fd_.reset();
    }
    return {};
}

}  // namespace hlaunch
