#include "os/observe/kernel_log.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

#include "os/io/unique_fd.h"

namespace hlaunch {
namespace {

template <class Number>
bool read_number(std::string_view text, Number& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end != text.data();
}

}  // namespace

std::optional<KernelKill> parse_kernel_kill(std::string_view record) {
    static constexpr std::string_view sign = "Killed process ", cause = "ut of memory";
    const auto text = record.find(';');
    const auto killed = record.find(sign);
    if (text == std::string_view::npos || killed == std::string_view::npos || killed < text) return std::nullopt;
    if (record.substr(text, killed - text).find(cause) == std::string_view::npos) return std::nullopt;
    // "priority,sequence,microseconds,flags;"
    const auto first = record.find(','), second = record.find(',', first + 1);
    if (first > text || second > text) return std::nullopt;
    KernelKill out;
    if (!read_number(record.substr(second + 1), out.since_boot_us)) return std::nullopt;
    if (!read_number(record.substr(killed + sign.size()), out.pid) || out.pid < 1) return std::nullopt;
    return out;
}

std::vector<KernelKill> kernel_kills(std::uint64_t since_boot_us) {
    std::vector<KernelKill> out;
    const UniqueFd log(::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!log) return out;
    std::array<char, 8192> record{};  // the kernel's largest; each read takes one
    for (;;) {
        const auto count = ::read(log.get(), record.data(), record.size());
        if (count < 0 && (errno == EPIPE || errno == EINTR))
            continue;  // EPIPE: overwritten meanwhile, the next one is there
        if (count <= 0) return out;
        const auto kill = parse_kernel_kill({record.data(), static_cast<std::size_t>(count)});
        if (kill && kill->since_boot_us >= since_boot_us) out.push_back(*kill);
    }
}

std::uint64_t kernel_log_time_us() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000U + static_cast<std::uint64_t>(now.tv_nsec) / 1000U;
}

}  // namespace hlaunch
