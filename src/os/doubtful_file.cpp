#include "os/doubtful_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/printable.h"
#include "base/quantity.h"
#include "os/unique_fd.h"

namespace hlaunch {

std::optional<std::string> read_regular_file(const std::filesystem::path& path, std::uint64_t most_bytes) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!fd && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
    const auto name = printable(path.native());
    if (!fd) throw infrastructure_error("cannot read {}: {}", name, std::strerror(errno));
    return read_regular_file(fd.get(), name, most_bytes);
}

std::string read_regular_file(int fd, const std::string& name, std::uint64_t most_bytes) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) throw infrastructure_error("cannot read {}: {}", name, std::strerror(errno));
    if (!S_ISREG(status.st_mode)) throw infrastructure_error("cannot read {}: it is no file", name);
    std::string text;
    std::array<char, 65536> buffer{};
    for (;;) {
        const auto count = ::read(fd, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw infrastructure_error("cannot read {}: {}", name, std::strerror(errno));
        if (count == 0) return text;
        text.append(buffer.data(), static_cast<std::size_t>(count));
        if (text.size() > most_bytes)
            throw infrastructure_error("cannot read {}: it is larger than {}, so no file of hlaunch", name,
                                       format_bytes(most_bytes));
    }
}

}  // namespace hlaunch
