#include "os/io/line_pipe.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/error.h"

namespace hlaunch {
namespace {

// N of /dev/fd/N; -1: another path.
int number_in(std::string_view path) {
    for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
        if (!path.starts_with(folder)) continue;
        int number = -1;
        const auto digits = path.substr(folder.size());
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (error == std::errc{} && end == digits.data() + digits.size()) return number;
    }
    return -1;
}

}  // namespace

LinePipe::LinePipe(const std::string& path, std::size_t keep_bytes) : keep_bytes_(keep_bytes) {
    struct stat status {};
    const bool there = ::stat(path.c_str(), &status) == 0;
    // Both ends of a FIFO: it opens without a reader, and one that leaves does no harm.
    const int how = there && S_ISFIFO(status.st_mode) ? O_RDWR : O_WRONLY | O_CREAT | O_APPEND;
    // Opened anew, /dev/fd/N of a pipe gets flags of its own: whoever shares N still blocks as before.
    fd_.reset(::open(path.c_str(), how | O_NONBLOCK | O_CLOEXEC, 0666));
    if (!fd_ && there && S_ISSOCK(status.st_mode) && number_in(path) >= 0) {
        fd_.reset(::fcntl(number_in(path), F_DUPFD_CLOEXEC, 3));
        is_socket_ = true;
    }
    if (!fd_) throw usage_error("--json-events {}: {}; give a file, a FIFO or /dev/fd/N", path, std::strerror(errno));
}

long LinePipe::write_some(std::string_view bytes) const {
    if (is_socket_) return ::send(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return ::write(fd_.get(), bytes.data(), bytes.size());
}

void LinePipe::write(std::string_view line) {
    flush();
    if (broken_ || waiting_bytes_ + line.size() + 1 > keep_bytes_) {
        ++dropped_;
        return;
    }
    waiting_.push_back(std::string(line) + "\n");
    waiting_bytes_ += line.size() + 1;
    flush();
}

void LinePipe::flush() {
    while (!waiting_.empty() && !broken_) {
        const auto& first = waiting_.front();
        const auto written = write_some(std::string_view(first).substr(begun_));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0 && (errno == EAGAIN || errno == ENOSPC || errno == EDQUOT)) return;
        if (written < 0) {
            broken_ = true;
            dropped_ += waiting_.size();
            waiting_.clear();
            return;
        }
        begun_ += static_cast<std::size_t>(written);
        if (begun_ < first.size()) continue;
        waiting_bytes_ -= first.size();
        begun_ = 0;
        waiting_.pop_front();
    }
}

void LinePipe::flush_for(Clock::Duration limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    for (flush(); !waiting_.empty() && !broken_; flush()) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
        if (left <= 0) break;
        pollfd one{fd_.get(), POLLOUT, 0};
        if (::poll(&one, 1, static_cast<int>(left)) > 0 && (one.revents & POLLOUT) == 0) break;
    }
    dropped_ += waiting_.size();
    waiting_.clear();
    broken_ = true;
}

}  // namespace hlaunch
