// Lines for another program to read as they come: a file, a FIFO or a descriptor. Nothing here ever waits for the
// reader.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "os/io/unique_fd.h"

namespace hlaunch {

class LinePipe {
  public:
    // A FIFO needs no reader yet; a file is made or appended to; /dev/fd/N may be a socket. Throws usage Error where it
    // cannot be opened. keep_bytes: so much waits for a slow reader before lines are dropped.
    explicit LinePipe(const std::string& path, std::size_t keep_bytes = 1U << 20U);

    // The line without its newline. Whole lines are dropped, never parts.
    void write(std::string_view line);
    void flush();                           // what the reader takes now
    void flush_for(Clock::Duration limit);  // at the end: waits so long at most
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  private:
    [[nodiscard]] long write_some(std::string_view bytes) const;

    UniqueFd fd_;
    bool is_socket_ = false, broken_ = false;
    std::size_t keep_bytes_, waiting_bytes_ = 0;
    std::size_t begun_ = 0;  // bytes of the first waiting line that are written
    std::deque<std::string> waiting_;
    std::uint64_t dropped_ = 0;
};

}  // namespace hlaunch
