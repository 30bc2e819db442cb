#include "os/files/exclusive_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <random>

#include "base/error.h"
#include "os/files/file.h"
#include "os/io/unique_fd.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

Error lock_error(const char* doing, const fs::path& path, int error) {
    return infrastructure_error("{} '{}' failed: {}; give a folder that you may write to and that has space", doing,
                                path.native(), std::strerror(error));
}

bool write_whole(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto count = ::write(fd, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return ::fsync(fd) == 0;
}

// Pids are not unique among hosts and containers: chance is.
fs::path private_name(const fs::path& folder) {
    std::random_device chance;
    return folder / fmt::format(".hlaunch-{}-{:08x}{:08x}.tmp", ::getpid(), chance(), chance());
}

double seconds(const struct timespec& time) {
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

}  // namespace

std::optional<double> age_seconds(const fs::path& path) {
    const auto probe = private_name(folder_of(path));
    const UniqueFd fd(::open(probe.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!fd) return std::nullopt;
    struct stat now {};
    struct stat then {};
    // Touched rather than only made: the server of a network file system then gives the time.
    const bool known = ::futimens(fd.get(), nullptr) == 0 && ::fstat(fd.get(), &now) == 0;
    ::unlink(probe.c_str());
    if (!known || ::stat(path.c_str(), &then) != 0) return std::nullopt;
    return seconds(now.st_mtim) - seconds(then.st_mtim);
}

bool touch(const fs::path& path) {
    return ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0) == 0;
}

void remove_old_temporaries(const fs::path& folder, const std::string& mark) noexcept try {
    constexpr double old_s = 60.0;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const auto name = entry.path().filename().native();
        if (!(name.starts_with(".hlaunch-") && name.ends_with(".tmp")) && !name.starts_with(mark)) continue;
        if (age_seconds(entry.path()).value_or(0.0) > old_s) remove_if_there(entry.path());
    }
} catch (const std::exception&) {  // another time
}

void remove_if_there(const fs::path& path) noexcept {
    ::unlink(path.c_str());
}

ExclusiveFile::ExclusiveFile(const fs::path& folder, std::string_view bytes)
    : bytes_(bytes), own_(private_name(folder)) {
    const UniqueFd fd(::open(own_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!fd) throw lock_error("making", own_, errno);
    if (write_whole(fd.get(), bytes)) return;
    const int error = errno;
    ::unlink(own_.c_str());
    throw lock_error("writing", own_, error);
}

ExclusiveFile::~ExclusiveFile() {
    if (!own_.empty()) ::unlink(own_.c_str());
}

bool ExclusiveFile::publish(const fs::path& name) {
    if (::link(own_.c_str(), name.c_str()) == 0) return true;
    const int why = errno;
    // The answer of a network server may be lost after it has made the link: two names tell.
    struct stat mine {};
    struct stat named {};
    if (::stat(own_.c_str(), &mine) == 0 && ::stat(name.c_str(), &named) == 0 && mine.st_dev == named.st_dev &&
        mine.st_ino == named.st_ino)
        return true;
    if (why == EEXIST) return false;
    if (why != EPERM && why != EOPNOTSUPP && why != ENOSYS && why != EMLINK) throw lock_error("making", name, why);
    // No hard links here (exFAT, some FUSE): the name is still made by one only, but its text comes a moment later.
    const UniqueFd fd(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!fd && errno == EEXIST) return false;
    if (!fd) throw lock_error("making", name, errno);
    if (write_whole(fd.get(), bytes_)) return true;
    const int error = errno;
    ::unlink(name.c_str());
    throw lock_error("writing", name, error);
}

void ExclusiveFile::replace(const fs::path& name) {
    if (::rename(own_.c_str(), name.c_str()) != 0) throw lock_error("replacing", name, errno);
    own_.clear();
}

}  // namespace hlaunch
