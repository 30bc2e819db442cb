// Time behind an interface, so that state machines are tested without waiting.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace hlaunch {

class Clock {
  public:
    using Time = std::chrono::steady_clock::time_point;
    using Duration = std::chrono::steady_clock::duration;

    virtual ~Clock() = default;
    [[nodiscard]] virtual Time now() const = 0;                                    // for intervals
    [[nodiscard]] virtual std::chrono::system_clock::time_point wall() const = 0;  // for records
    virtual void sleep(Duration duration) = 0;
};

[[nodiscard]] inline Clock::Duration duration_of(double seconds) {
    return std::chrono::duration_cast<Clock::Duration>(std::chrono::duration<double>(seconds));
}

class SystemClock final : public Clock {
  public:
    [[nodiscard]] Time now() const override { return std::chrono::steady_clock::now(); }
    [[nodiscard]] std::chrono::system_clock::time_point wall() const override {
        return std::chrono::system_clock::now();
    }
    void sleep(Duration duration) override;
};

// "2026-03-01T12:34:56.789Z"
[[nodiscard]] std::string utc_text(std::chrono::system_clock::time_point time);
// Of that form alone; else nothing.
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> parse_utc_text(std::string_view text);

}  // namespace hlaunch
