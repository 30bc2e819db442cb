#include "base/clock.h"

#include <fmt/format.h>

#include <array>
#include <ctime>
#include <thread>

namespace hlaunch {

void SystemClock::sleep(Duration duration) {
    std::this_thread::sleep_for(duration);
}

std::string utc_text(std::chrono::system_clock::time_point time) {
    using namespace std::chrono;
    const auto whole = floor<seconds>(time);
    const std::time_t stamp = system_clock::to_time_t(whole);
    std::tm parts{};
    ::gmtime_r(&stamp, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                       parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                       duration_cast<milliseconds>(time - whole).count());
}

std::optional<std::chrono::system_clock::time_point> parse_utc_text(std::string_view text) {
    static constexpr std::string_view form = "dddd-dd-ddTdd:dd:dd.dddZ";
    if (text.size() != form.size()) return std::nullopt;
    std::array<int, 7> numbers{};
    std::size_t which = 0;
    for (std::size_t i = 0; i < form.size(); ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == 'd' ? !digit : text[i] != form[i]) return std::nullopt;
        if (form[i] == 'd')
            numbers[which] = numbers[which] * 10 + (text[i] - '0');
        else
            ++which;
    }
    // What the clock's nanoseconds can hold, and no month 0.
    if (numbers[0] < 1970 || numbers[0] > 2261 || numbers[1] < 1 || numbers[1] > 12 || numbers[2] < 1 ||
        numbers[2] > 31 || numbers[3] > 23 || numbers[4] > 59 || numbers[5] > 60)
        return std::nullopt;
    std::tm parts{};
    parts.tm_year = numbers[0] - 1900;
    parts.tm_mon = numbers[1] - 1;
    parts.tm_mday = numbers[2];
    parts.tm_hour = numbers[3];
    parts.tm_min = numbers[4];
    parts.tm_sec = numbers[5];
    return std::chrono::system_clock::from_time_t(::timegm(&parts)) + std::chrono::milliseconds(numbers[6]);
}

}  // namespace hlaunch
