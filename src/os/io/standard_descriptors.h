// Descriptors 0 to 2 that were closed by whoever started us.
#pragma once

#include <fcntl.h>

namespace hlaunch {

// Takes their numbers, so that no file of ours gets one and is written to as standard error. Opened the wrong way
// round: reading and writing fail as they would on a closed one.
inline void occupy_standard_descriptors() noexcept {
    for (int fd = 0; fd < 3; ++fd)
        if (::fcntl(fd, F_GETFD) < 0) (void)::open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);  // the lowest: fd
}

}  // namespace hlaunch
