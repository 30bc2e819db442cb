#include "os/files/file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/error.h"
#include "os/io/no_links.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

const char* remedy(int error) {
    switch (error) {
        case ENOSPC:
            return "; free space or choose another --output";
        case EDQUOT:
            return "; the quota is used up: free space or choose another --output";
        case EROFS:
            return "; choose a folder on a writable file system";
        case EACCES:
        case EPERM:
            return "; check its owner and permissions";
        case EMFILE:
        case ENFILE:
            return "; raise the limit of open files (ulimit -n)";
        case ENXIO:
            return "; it is a FIFO that nobody reads: remove it";
        case ELOOP:
            return "; a link stands there or above it, and nothing in a run folder is reached through one: remove it";
        case EFBIG:
            return "; raise the limit of the file size (ulimit -f)";
        default:
            return "";
    }
}

Error file_error(const char* doing, const fs::path& path, int error) {
    return infrastructure_error("{} '{}' failed: {}{}", doing, path.native(), std::strerror(error), remedy(error));
}

// Never waits for the other end of a FIFO: without one it fails (writing), or is empty (reading).
UniqueFd open_without_waiting(const fs::path& path, int flags) {
    UniqueFd fd(::open(path.c_str(), flags | O_NONBLOCK | O_CLOEXEC, 0666));
    if (fd && ::fcntl(fd.get(), F_SETFL, flags & O_APPEND) != 0) fd.reset();
    return fd;
}

void write_all(int fd, std::string_view bytes, const fs::path& path) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) throw file_error("writing", path, errno);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

// Makes a new or renamed entry survive a crash. Some file systems cannot sync a folder: no error
// then.
void sync_folder(int folder, const fs::path& path) {
    if (::fsync(folder) != 0 && errno != EINVAL && errno != ENOTSUP && errno != EROFS)
        throw file_error("syncing", folder_of(path), errno);
}

// Reads to the end; files of /proc say size 0, so the size is not asked for. Returns errno, 0 when
// fine.
template <class OnPiece>
int slurp(const fs::path& path, const OnPiece& on_piece) {
    const auto fd = open_without_waiting(path, O_RDONLY);
    if (!fd) return errno;
    std::array<char, 16384> buffer{};
    for (;;) {
        const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno;
        if (count == 0) return 0;
        on_piece(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
    }
}

}  // namespace

fs::path folder_of(const fs::path& path) {
    return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

std::string read_text(const fs::path& path) {
    std::string text;
    read_pieces(path, [&](std::string_view piece) { text += piece; });
    return text;
}

std::optional<std::string> try_read_text(const fs::path& path) {
    std::string text;
    if (slurp(path, [&](std::string_view piece) { text += piece; }) != 0) return std::nullopt;
    return text;
}

void read_pieces(const fs::path& path, const std::function<void(std::string_view)>& on_piece) {
    if (const int error = slurp(path, on_piece); error != 0) throw file_error("reading", path, error);
}

std::uint64_t file_bytes(const fs::path& path) noexcept {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

void write_as_named(const fs::path& path, std::string_view bytes) {
    struct stat old {};
    const bool exists = ::stat(path.c_str(), &old) == 0;
    if (!exists || S_ISREG(old.st_mode)) return write_atomically(canonical_path(path), bytes);
    // /dev/stdout, a pipe: to be written to, never replaced
    const auto fd = open_without_waiting(path, O_WRONLY);
    if (!fd) throw file_error("writing", path, errno);
    write_all(fd.get(), bytes, path);
}

void write_atomically(const fs::path& path, std::string_view bytes) {
    Replacement fresh(path);
    if (!fresh.ok()) throw file_error("writing", path, errno);
    const int folder = fresh.place().folder.get();
    struct stat old {};
    const bool keeps_mode = ::fstatat(folder, fresh.place().name.c_str(), &old, AT_SYMLINK_NOFOLLOW) == 0 &&
                            S_ISREG(old.st_mode) && old.st_uid == ::geteuid();
    if (keeps_mode && ::fchmod(fresh.descriptor(), old.st_mode & 07777U) != 0) throw file_error("writing", path, errno);
    write_all(fresh.descriptor(), bytes, path);
    if (::fsync(fresh.descriptor()) != 0) throw file_error("syncing", path, errno);
    // Network file systems and quotas report a full disk as late as here.
    if (!fresh.close()) throw file_error("closing", path, errno);
    if (!fresh.take_name()) throw file_error("replacing", path, errno);
    sync_folder(folder, path);
}

bool replace_quietly(const fs::path& path, std::string_view bytes) noexcept try {
    Replacement fresh(path);
    if (!fresh.ok()) return false;
    write_all(fresh.descriptor(), bytes, path);
    return fresh.close() && fresh.take_name();
} catch (...) {
    return false;
}

void replace_in_passing(const fs::path& path, std::string_view bytes) {
    if (!replace_quietly(path, bytes))
        throw infrastructure_error("cannot write {}; make room on its file system, or see who may write there",
                                   path.string());
}

void ensure_directory(const fs::path& path) {
    if (const int error = make_folders(path); error != 0) throw file_error("creating the folder", path, error);
}

void remove_whole(const fs::path& path) {
    if (const int error = remove_tree(path); error != 0) throw file_error("removing", path, error);
}

std::string read_text_inside(const fs::path& path) {
    auto text = read_no_links(path);
    if (!text) throw infrastructure_error("reading '{}' failed: it is no file, or a link leads to it", path.native());
    return std::move(*text);
}

fs::path canonical_path(const fs::path& path) {
    std::error_code error;
    fs::path result = fs::weakly_canonical(fs::absolute(path, error), error);
    if (error) throw file_error("resolving", path, error.value());
    return result;
}

AppendFile::AppendFile(fs::path path)
    : path_(std::move(path)),
      fd_(open_no_links(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666)) {
    if (!fd_ || ::fcntl(fd_.get(), F_SETFL, O_APPEND) != 0) throw file_error("opening", path_, errno);
    struct stat status {};
    if (::fstat(fd_.get(), &status) != 0 || !S_ISREG(status.st_mode))
        throw infrastructure_error("opening '{}' failed: it is no file; remove it", path_.native());
    const auto place = hold_folder_of(path_);
    if (!place.folder) throw file_error("opening", path_, errno);
    sync_folder(place.folder.get(), path_);
}

void AppendFile::append(std::string_view bytes) {
    add(bytes, true);
}

void AppendFile::write(std::string_view bytes) {
    add(bytes, false);
}

void AppendFile::sync() {
    if (::fdatasync(fd_.get()) != 0) throw file_error("syncing", path_, errno);
}

void AppendFile::add(std::string_view bytes, bool sync) {
    struct stat before {};
    if (::fstat(fd_.get(), &before) != 0) throw file_error("writing", path_, errno);
    if (before.st_nlink == 0)
        throw infrastructure_error(
            "writing '{}' failed: it was removed while it was in use; start again in another folder", path_.native());
    try {
        if (half_line_) write_all(fd_.get(), "\n", path_);
        write_all(fd_.get(), bytes, path_);
        if (sync) this->sync();
        half_line_ = false;
    } catch (const Error&) {
        if (::ftruncate(fd_.get(), before.st_size) != 0) half_line_ = true;
        throw;
    }
}

void AppendFile::take_name(const fs::path& path) {
    const auto from = hold_folder_of(path_), to = hold_folder_of(path);
    if (!from.folder || !to.folder ||
        ::renameat(from.folder.get(), from.name.c_str(), to.folder.get(), to.name.c_str()) != 0)
        throw file_error("replacing", path, errno);
}

void AppendFile::truncate(std::uint64_t size_bytes) {
    if (::ftruncate(fd_.get(), static_cast<off_t>(size_bytes)) != 0 || ::fdatasync(fd_.get()) != 0)
        throw file_error("truncating", path_, errno);
}

}  // namespace hlaunch
