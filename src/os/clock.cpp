#include "os/clock.h"

#include <fmt/format.h>

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

}  // namespace hlaunch
