#include "os/io/keyboard.h"

#include <poll.h>
#include <unistd.h>

namespace hlaunch {

Keyboard::Keyboard() {
    termios now{};
    // Whoever is not in the foreground would be stopped by the change.
    if (::tcgetattr(STDIN_FILENO, &now) != 0 || ::tcgetpgrp(STDIN_FILENO) != ::getpgrp()) return;
    before_ = now;
    now.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG);
    now.c_cc[VMIN] = 0;
    now.c_cc[VTIME] = 0;
    ::tcsetattr(STDIN_FILENO, TCSANOW, &now);
}

Keyboard::~Keyboard() {
    if (before_) ::tcsetattr(STDIN_FILENO, TCSANOW, &*before_);
}

std::optional<char> Keyboard::wait_for_key(Clock::Duration limit) {
    pollfd one{STDIN_FILENO, POLLIN, 0};
    const auto wait = static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(limit).count());
    const int ready = ::poll(&one, before_ ? 1 : 0, wait);
    char key = 0;
    if (ready <= 0) return std::nullopt;
    if (::read(STDIN_FILENO, &key, 1) == 1) return key;
    before_.reset();  // the terminal went away
    return 'q';
}

}  // namespace hlaunch
