#include "run/stop_file.h"

#include <fcntl.h>
#include <unistd.h>

namespace hlaunch {

bool take_stop_file(const std::string& path) {
    // A link is a name like any other: where it leads to is not looked at.
    return !path.empty() && ::faccessat(AT_FDCWD, path.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0 &&
           ::unlink(path.c_str()) == 0;
}

}  // namespace hlaunch
