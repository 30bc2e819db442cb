#include "os/io/no_links.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <memory>
#include <random>

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

constexpr int folder_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

// ENOTDIR of a name that is a link: said as what it is.
void tell_link(int folder, const char* name) noexcept {
    const int error = errno;
    struct stat status {};
    const bool link =
        error == ENOTDIR && ::fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
    errno = link ? ELOOP : error;
}

int remove_below(int folder, const char* name) noexcept;

// All that is in it.
int empty_folder(int fd) noexcept {
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(::fdopendir(fd), &::closedir);
    if (!listing) {
        const int error = errno;
        ::close(fd);
        return error;
    }
    int worst = 0;
    while (const auto* entry = ::readdir(listing.get())) {
        const std::string_view name = entry->d_name;
        if (name == "." || name == "..") continue;
        if (const int error = remove_below(::dirfd(listing.get()), entry->d_name); error != 0) worst = error;
    }
    return worst;
}

int remove_below(int folder, const char* name) noexcept {
    if (::unlinkat(folder, name, 0) == 0 || errno == ENOENT) return 0;
    if (errno != EISDIR && errno != EPERM && errno != EACCES) return errno;
    const int refused = errno;
    const int inside = ::openat(folder, name, folder_flags | O_NOFOLLOW);
    if (inside < 0) return errno == ENOTDIR || errno == ELOOP ? refused : errno;  // a file that may not be removed
    const int error = empty_folder(inside);
    if (::unlinkat(folder, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return 0;
    return error != 0 ? error : errno;
}

}  // namespace

// Component by component, each below the one before. No allocation: it is called between fork and exec, too.
int walk_no_links(const char* path, int flags, mode_t mode) noexcept {
    int folder = *path == '/' ? ::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) : AT_FDCWD;
    if (*path == '/' && folder < 0) return -1;
    std::array<char, NAME_MAX + 1> name{'.', '\0'};
    for (;;) {
        while (*path == '/') ++path;
        const auto length = std::strcspn(path, "/");
        if (length >= name.size()) {
            if (folder != AT_FDCWD) ::close(folder);
            errno = ENAMETOOLONG;
            return -1;
        }
        if (length > 0) {
            std::memcpy(name.data(), path, length);
            name[length] = '\0';
        }
        const char* rest = path + length;
        while (*rest == '/') ++rest;
        const bool last = *rest == '\0';
        const int next = last ? ::openat(folder, length > 0 ? name.data() : ".", flags | O_NOFOLLOW, mode)
                              : ::openat(folder, name.data(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (next < 0) tell_link(folder, name.data());
        const int error = errno;
        if (folder != AT_FDCWD) ::close(folder);
        errno = error;
        if (next < 0 || last) return next;
        folder = next;
        path = rest;
    }
}

int open_no_links(const char* path, int flags, mode_t mode) noexcept {
    static std::atomic<bool> missing{false};
    static_assert(std::atomic<bool>::is_always_lock_free);
    if (!missing.load(std::memory_order_relaxed)) {
        open_how how{};
        how.flags = static_cast<unsigned>(flags);
        how.mode = (flags & O_CREAT) != 0 ? mode : 0;
        how.resolve = RESOLVE_NO_SYMLINKS;
        const auto fd = ::syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
        if (fd >= 0) return static_cast<int>(fd);
        // EPERM: of the file, or of a container's filter that does not know the call.
        if (errno != ENOSYS && errno != EPERM) return -1;
        if (errno == ENOSYS) missing.store(true, std::memory_order_relaxed);
    }
    return walk_no_links(path, flags, mode);
}

HeldName hold_folder_of(const fs::path& path) noexcept try {
    const auto folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    return {UniqueFd(open_no_links(folder.c_str(), folder_flags)), path.filename().native()};
} catch (const std::exception&) {
    errno = ENOMEM;
    return {};
}

Replacement::Replacement(const fs::path& path) : place_(hold_folder_of(path)) {
    if (!place_.folder) return;
    std::random_device chance;
    temporary_ = fmt::format(".hlaunch-{}-{:08x}{:08x}.tmp", ::getpid(), chance(), chance());
    fd_.reset(
        ::openat(place_.folder.get(), temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
    if (!fd_) temporary_.clear();
}

Replacement::~Replacement() {
    const int error = errno;
    if (!temporary_.empty()) ::unlinkat(place_.folder.get(), temporary_.c_str(), 0);
    errno = error;
}

bool Replacement::take_name() {
    if (::renameat(place_.folder.get(), temporary_.c_str(), place_.folder.get(), place_.name.c_str()) != 0)
        return false;
    temporary_.clear();
    return true;
}

bool Replacement::link_name() const {
    const int folder = place_.folder.get();
    return ::linkat(folder, temporary_.c_str(), folder, place_.name.c_str(), 0) == 0;
}

int make_folders(const fs::path& path) noexcept try {
    // Mostly it is there, or its parent is.
    if (const UniqueFd there(open_no_links(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)); there) return 0;
    if (errno == ENOTDIR) tell_link(AT_FDCWD, path.c_str());
    if (errno != ENOENT) return errno;
    if (!path.has_filename()) return make_folders(path.parent_path());
    if (path.has_parent_path() && path.parent_path() != path)
        if (const int error = make_folders(path.parent_path()); error != 0) return error;
    const auto place = hold_folder_of(path);
    if (!place.folder) return errno;
    if (::mkdirat(place.folder.get(), place.name.c_str(), 0777) == 0) return 0;
    if (errno != EEXIST) return errno;
    struct stat status {};  // just made by another, or a link that leads nowhere
    if (::fstatat(place.folder.get(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return errno;
    return S_ISDIR(status.st_mode) ? 0 : S_ISLNK(status.st_mode) ? ELOOP : ENOTDIR;
} catch (const std::exception&) {
    return ENOMEM;
}

int remove_tree(const fs::path& path) noexcept {
    const auto place = hold_folder_of(path);
    if (!place.folder) return errno == ENOENT || errno == ENOTDIR ? 0 : errno;  // nothing can be there
    return remove_below(place.folder.get(), place.name.c_str());
}

std::vector<std::string> names_in(const fs::path& folder) {
    std::vector<std::string> out;
    UniqueFd fd(open_no_links(folder.c_str(), folder_flags));
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(fd ? ::fdopendir(fd.get()) : nullptr, &::closedir);
    if (!listing) return out;
    static_cast<void>(fd.release());
    while (const auto* entry = ::readdir(listing.get())) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") out.emplace_back(name);
    }
    return out;
}

std::optional<std::string> read_no_links(const fs::path& path) {
    const UniqueFd fd(open_no_links(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    std::string text;
    std::array<char, 65536> buffer{};
    for (;;) {
        const auto count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return std::nullopt;
        if (count == 0) return text;
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
}

}  // namespace hlaunch
