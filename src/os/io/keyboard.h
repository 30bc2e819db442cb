// Single keys from the terminal, without echo; Ctrl-C is a key as well. Elsewhere: no keys, only the time passes.
#pragma once

#include <termios.h>

#include <optional>

#include "base/clock.h"

namespace hlaunch {

class Keyboard {
  public:
    Keyboard();
    Keyboard(const Keyboard&) = delete;
    Keyboard& operator=(const Keyboard&) = delete;
    ~Keyboard();  // the terminal as it was

    [[nodiscard]] std::optional<char> wait_for_key(Clock::Duration limit);

  private:
    std::optional<termios> before_;
};

}  // namespace hlaunch
