// What a launcher and its reapers say to each other over a stream: frames of a length and a body. Pure. Both ends are
// the same program on the same machine, so numbers are as the machine has them; strings are any bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "os/reaper/launcher.h"

namespace hlaunch {

struct ReaperRequest {
    enum class Kind : std::uint8_t { start, stop, kill };
    Kind kind = Kind::stop;
    TreeSpec spec;  // of a start; child.handed_over does not travel
};

// Whole frames. Throws infrastructure when one would be longer than max_frame_bytes.
inline constexpr std::size_t max_frame_bytes = 64U << 20U;  // Linux takes about 6 MB of arguments and environment
[[nodiscard]] std::string encode_start(const TreeSpec& spec);
[[nodiscard]] std::string encode_order(ReaperRequest::Kind kind);  // stop or kill
[[nodiscard]] std::string encode_event(const TreeEvent& event);    // without slot and reaper: the launcher knows them

// Of a frame's body. Throw infrastructure on anything that no encoder wrote.
[[nodiscard]] ReaperRequest decode_request(std::string_view body);
[[nodiscard]] TreeEvent decode_event(std::string_view body);

// Puts frames together again from however they arrived.
class FrameBuffer {
  public:
    void add(std::string_view bytes);
    // The next body that is complete; valid until the next add() or next(). Throws infrastructure on a length that no
    // encoder wrote.
    [[nodiscard]] std::optional<std::string_view> next();

  private:
    std::string bytes_;
    std::size_t used_ = 0;
};

}  // namespace hlaunch
