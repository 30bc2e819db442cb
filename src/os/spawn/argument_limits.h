// How long a command may be that the kernel is to start.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace hlaunch {

struct ArgumentLimits {
    std::size_t word = 0;  // bytes of one word or variable, its end not counted
    std::size_t all = 0;   // bytes of all words and variables, their ends and addresses counted
};

// Of this process, by its page size and stack limit; execve(2).
[[nodiscard]] ArgumentLimits argument_limits();

// What `all` counts of these.
[[nodiscard]] std::size_t argument_bytes(std::span<const std::string> words);

// "word 3 is 200000 bytes long; the kernel takes at most 131071: ..."; nothing: it can be started. environment_bytes:
// argument_bytes of its variables. Pure.
[[nodiscard]] std::optional<std::string> why_too_long(std::span<const std::string> argv, std::size_t environment_bytes,
                                                      const ArgumentLimits& limits);

}  // namespace hlaunch
