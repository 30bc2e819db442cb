// Whether to colour, and the few colours used.
#pragma once

#include <string>
#include <string_view>

namespace hlaunch {

// True on a terminal without NO_COLOR and with a TERM that is not "dumb".
[[nodiscard]] bool stdout_has_colour();

class Style {
  public:
    explicit Style(bool colour) : colour_(colour) {}
    [[nodiscard]] std::string bold(std::string_view text) const { return wrap("1", text); }
    [[nodiscard]] std::string dim(std::string_view text) const { return wrap("2", text); }
    [[nodiscard]] std::string warning(std::string_view text) const { return wrap("33", text); }
    [[nodiscard]] std::string failure(std::string_view text) const { return wrap("1;31", text); }

  private:
    [[nodiscard]] std::string wrap(std::string_view code, std::string_view text) const {
        if (!colour_) return std::string(text);
        return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
    }
    bool colour_;
};

}  // namespace hlaunch
