#include "homodyne/app/xla_flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <sstream>
#include <string_view>

namespace hlaunch::homodyne {
namespace {

constexpr std::array<std::string_view, 2> own_flags{"--xla_force_host_platform_device_count",
                                                    "--xla_cpu_multi_thread_eigen"};

std::vector<std::string> tokens_of(const std::string& flags) {
    std::istringstream in(flags);
    std::vector<std::string> out;
    for (std::string token; in >> token;) out.push_back(token);
    return out;
}

bool is_flag(const std::string& token) {
    return token.starts_with("--");
}

std::string name_of(const std::string& token) {
    return token.substr(0, token.find('='));
}

bool is_own(const std::string& token) {
    return std::ranges::find(own_flags, name_of(token)) != own_flags.end();
}

}  // namespace

std::vector<std::string> lint_xla_flags(const std::string& user_flags) {
    const auto tokens = tokens_of(user_flags);
    std::vector<std::string> out;
    std::map<std::string, unsigned> seen;
    for (const auto& token : tokens) {
        if (!is_flag(token) && &token == &tokens.front())
            out.push_back(fmt::format(
                "XLA_FLAGS begins with '{}': XLA would take it for a file of flags and abort; it is left out", token));
        else if (!is_flag(token))
            out.push_back(fmt::format(
                "XLA_FLAGS holds the bare word '{}': XLA would drop all that follows it; it is left out", token));
        else if (is_own(token) && ++seen[name_of(token)] == 1)
            out.push_back(fmt::format("XLA_FLAGS sets {}: hlaunch sets its own for each instance", name_of(token)));
        else if (!is_own(token) && ++seen[name_of(token)] == 2)
            out.push_back(fmt::format("XLA_FLAGS sets {} more than once: XLA takes the last", name_of(token)));
    }
    return out;
}

std::vector<std::string> own_xla_flags(unsigned devices) {
    return {"--xla_cpu_multi_thread_eigen=false", fmt::format("--xla_force_host_platform_device_count={}", devices)};
}

std::string xla_flags(const std::string& user_flags, unsigned devices) {
    std::string out;
    for (const auto& token : tokens_of(user_flags))
        if (is_flag(token) && !is_own(token)) out += token + " ";
    return out + fmt::format("{}", fmt::join(own_xla_flags(devices), " "));
}

}  // namespace hlaunch::homodyne
