#include "os/spawn/argument_limits.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace hlaunch {

ArgumentLimits argument_limits() {
    constexpr std::size_t pages_of_a_word = 32, least = 128U << 10U, most = 6U << 20U;  // fs/exec.c
    ArgumentLimits out;
    const auto page = sysconf(_SC_PAGESIZE);
    out.word = pages_of_a_word * static_cast<std::size_t>(page > 0 ? page : 4096) - 1;
    struct rlimit stack {};
    const bool known = getrlimit(RLIMIT_STACK, &stack) == 0 && stack.rlim_cur != RLIM_INFINITY;
    out.all = std::clamp(known ? static_cast<std::size_t>(stack.rlim_cur / 4) : most, least, most);
    return out;
}

std::size_t argument_bytes(std::span<const std::string> words) {
    std::size_t out = 0;
    for (const auto& word : words) out += word.size() + 1 + sizeof(char*);
    return out;
}

std::optional<std::string> why_too_long(std::span<const std::string> argv, std::size_t environment_bytes,
                                        const ArgumentLimits& limits) {
    for (std::size_t i = 0; i < argv.size(); ++i)
        if (argv[i].size() > limits.word)
            return fmt::format(
                "word {} of the command is {} bytes long, and the kernel takes words of at most {}: put it into a "
                "file and name the file",
                i + 1, argv[i].size(), limits.word);
    const auto own = argument_bytes(argv);
    if (own + environment_bytes <= limits.all) return std::nullopt;
    return fmt::format(
        "the command is {} bytes long and its environment {}, and the kernel takes at most {} of both: put words into "
        "a file and name the file, or raise the stack limit (ulimit -s; a quarter of it is taken, up to 6 MiB)",
        own, environment_bytes, limits.all);
}

}  // namespace hlaunch
