#include "os/observe/kernel_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

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

KernelLog::KernelLog() : log_(::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
    if (log_ && ::lseek(log_.get(), 0, SEEK_END) < 0) log_.reset();
}

std::vector<KernelKill> KernelLog::new_kills() {
    std::vector<KernelKill> out;
    std::array<char, 8192> record{};  // the kernel's largest; each read takes one
    while (log_) {
        const auto count = ::read(log_.get(), record.data(), record.size());
        if (count < 0 && (errno == EPIPE || errno == EINTR))
            continue;  // EPIPE: overwritten meanwhile, the next one is there
        if (count <= 0) break;
        if (const auto kill = parse_kernel_kill({record.data(), static_cast<std::size_t>(count)})) out.push_back(*kill);
    }
    return out;
}

}  // namespace hlaunch
