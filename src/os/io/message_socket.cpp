#include "os/io/message_socket.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace hlaunch {
namespace {

constexpr int buffer_bytes = 1 << 20;  // of a socket: several of the largest messages

bool wait_for(int fd, short what, Clock::Duration limit) {
    pollfd poll{fd, what, 0};
    const auto ms = std::clamp<std::int64_t>(std::chrono::ceil<std::chrono::milliseconds>(limit).count(), 0, 1 << 30);
    return ::poll(&poll, 1, static_cast<int>(ms)) > 0;
}

}  // namespace

MessageSocket::Pair MessageSocket::make_pair() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        throw infrastructure_error("making a socket failed: {}; raise ulimit -n or free memory", std::strerror(errno));
    Pair out{MessageSocket(UniqueFd(ends[0])), UniqueFd(ends[1])};
    // The default holds one large message; where the system allows no more, that is enough.
    for (const int fd : ends) ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof buffer_bytes);
    return out;
}

bool MessageSocket::try_send(std::string_view message) {
    for (;;) {
        if (::send(fd_.get(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return true;
        if (errno == EINTR) continue;
        if (errno == EAGAIN || errno == ENOBUFS) return false;
        closed_ = true;
        throw infrastructure_error("the process at the other end of a socket is gone: {}", std::strerror(errno));
    }
}

bool MessageSocket::wait_for_room(Clock::Duration limit) const {
    return wait_for(fd_.get(), POLLOUT, limit);
}

std::optional<std::string> MessageSocket::receive(Clock::Duration limit) {
    if (closed_ || !wait_for(fd_.get(), POLLIN, limit)) return std::nullopt;
    const ssize_t size = ::recv(fd_.get(), nullptr, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
    std::string out(static_cast<std::size_t>(std::max<ssize_t>(size, 0)), '\0');
    // No message is empty: nothing to read is the end.
    if (size <= 0 || ::recv(fd_.get(), out.data(), out.size(), MSG_DONTWAIT) != size) {
        closed_ = true;
        return std::nullopt;
    }
    return out;
}

}  // namespace hlaunch
