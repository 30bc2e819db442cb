// What went wrong, where, why and what to do about it; and the exit code that says which kind it is.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace hlaunch {

enum class ExitCode : int {
    ok = 0,              // all done and merged
    failed = 1,          // an instance or a merge check failed
    usage = 2,           // usage or bad input
    infrastructure = 3,  // no topology, no binding, no space, no application
};

// One line for the user: "<what>: <why>; <remedy>". What is quoted in it may hold anything: a newline becomes a blank.
class Error : public std::runtime_error {
  public:
    Error(ExitCode code, std::string line) : std::runtime_error(one_line(std::move(line))), code_(code) {}
    [[nodiscard]] ExitCode code() const noexcept { return code_; }

  private:
    static std::string one_line(std::string text) {
        for (char& letter : text)
            if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) letter = letter == '\x1b' ? '?' : ' ';
        return text;
    }

    ExitCode code_;
};

template <class... Args>
[[nodiscard]] Error usage_error(fmt::format_string<Args...> format, Args&&... args) {
    return {ExitCode::usage, fmt::format(format, std::forward<Args>(args)...)};
}
template <class... Args>
[[nodiscard]] Error infrastructure_error(fmt::format_string<Args...> format, Args&&... args) {
    return {ExitCode::infrastructure, fmt::format(format, std::forward<Args>(args)...)};
}
template <class... Args>
[[nodiscard]] Error failure(fmt::format_string<Args...> format, Args&&... args) {
    return {ExitCode::failed, fmt::format(format, std::forward<Args>(args)...)};
}

}  // namespace hlaunch
