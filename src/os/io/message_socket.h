// Whole messages between two processes of ours over a pair of sockets (SOCK_SEQPACKET): none is torn or joined.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "os/io/unique_fd.h"

namespace hlaunch {

class MessageSocket {
  public:
    explicit MessageSocket(UniqueFd fd) : fd_(std::move(fd)) {}
    struct Pair;
    [[nodiscard]] static Pair make_pair();  // throws infrastructure

    // False: the other side takes none now. Throws infrastructure where it is gone.
    [[nodiscard]] bool try_send(std::string_view message);
    // The next, waiting so long at most; nothing: none came, or closed() says that none ever will.
    [[nodiscard]] std::optional<std::string> receive(Clock::Duration limit);
    [[nodiscard]] bool wait_for_room(Clock::Duration limit) const;
    [[nodiscard]] bool closed() const { return closed_; }
    [[nodiscard]] int descriptor() const { return fd_.get(); }

  private:
    UniqueFd fd_;
    bool closed_ = false;
};

struct MessageSocket::Pair {
    MessageSocket ours;
    UniqueFd theirs;  // to hand over
};

}  // namespace hlaunch
