#include "job/request/content_hash.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "base/error.h"
#include "base/text/printable.h"
#include "os/io/unique_fd.h"

namespace hlaunch {
namespace {

std::string hex(XXH128_hash_t hash) {
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace

std::string hash_file(const std::string& path) {
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat status {};
    if (fd && fstat(fd.get(), &status) == 0 && !S_ISREG(status.st_mode))
        throw usage_error("{} is no file that can be read twice", printable(path));
    if (!fd) throw infrastructure_error("cannot read {}: {}", path, std::strerror(errno));
    const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(), &XXH3_freeState);
    XXH3_128bits_reset(state.get());
    std::vector<char> block(1U << 20U);
    for (;;) {
        const auto got = read(fd.get(), block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw infrastructure_error("cannot read {}: {}", path, std::strerror(errno));
        if (got == 0) break;
        XXH3_128bits_update(state.get(), block.data(), static_cast<std::size_t>(got));
    }
    return hex(XXH3_128bits_digest(state.get()));
}

std::string hash_text(std::string_view text) {
    return hex(XXH3_128bits(text.data(), text.size()));
}

}  // namespace hlaunch
