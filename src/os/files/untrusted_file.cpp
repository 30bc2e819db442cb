#include "os/files/untrusted_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/text/printable.h"
#include "base/text/quantity.h"
#include "os/io/unique_fd.h"

namespace hlaunch {

namespace {

void read_pieces_of(int fd, const std::string& name, std::uint64_t most_bytes,
                    const std::function<void(std::string_view)>& on_piece) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) throw infrastructure_error("cannot read {}: {}", name, std::strerror(errno));
    if (!S_ISREG(status.st_mode)) throw infrastructure_error("cannot read {}: it is no file", name);
    std::array<char, 65536> buffer{};
    for (std::uint64_t bytes = 0;;) {
        const auto count = ::read(fd, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw infrastructure_error("cannot read {}: {}", name, std::strerror(errno));
        if (count == 0) return;
        bytes += static_cast<std::uint64_t>(count);
        if (bytes > most_bytes)
            throw infrastructure_error("cannot read {}: it is larger than {}, so no file of hlaunch", name,
                                       format_bytes(most_bytes));
        on_piece({buffer.data(), static_cast<std::size_t>(count)});
    }
}

// Invalid where there is none.
UniqueFd open_doubtful(const std::filesystem::path& path) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!fd && errno != ENOENT && errno != ENOTDIR)
        throw infrastructure_error("cannot read {}: {}", printable(path.native()), std::strerror(errno));
    return fd;
}

}  // namespace

std::optional<std::string> read_regular_file(const std::filesystem::path& path, std::uint64_t most_bytes) {
    const auto fd = open_doubtful(path);
    return fd ? std::optional(read_regular_file(fd.get(), printable(path.native()), most_bytes)) : std::nullopt;
}

void read_regular_pieces(const std::filesystem::path& path, std::uint64_t most_bytes,
                         const std::function<void(std::string_view)>& on_piece) {
    if (const auto fd = open_doubtful(path)) read_pieces_of(fd.get(), printable(path.native()), most_bytes, on_piece);
}

std::string read_regular_file(int fd, const std::string& name, std::uint64_t most_bytes) {
    std::string text;
    read_pieces_of(fd, name, most_bytes, [&](std::string_view piece) { text += piece; });
    return text;
}

}  // namespace hlaunch
