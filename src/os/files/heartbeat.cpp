#include "os/files/heartbeat.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include <csignal>
#include <system_error>

namespace hlaunch {

Heartbeat::Heartbeat(const std::filesystem::path& file, std::chrono::milliseconds interval)
    : fd_(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)) {
    if (!fd_) return;
    // Signals are for the thread that waits for them.
    sigset_t all, former;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &former);
    try {
        thread_ = std::thread([this, interval] { touch_until_told(interval); });
    } catch (const std::system_error&) {  // no room for one more
    }
    ::pthread_sigmask(SIG_SETMASK, &former, nullptr);
}

Heartbeat::~Heartbeat() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        over_ = true;
    }
    told_.notify_one();
    thread_.join();
}

void Heartbeat::touch_until_told(std::chrono::milliseconds interval) {
    std::unique_lock lock(mutex_);
    while (!told_.wait_for(lock, interval, [this] { return over_; })) ::futimens(fd_.get(), nullptr);
}

}  // namespace hlaunch
