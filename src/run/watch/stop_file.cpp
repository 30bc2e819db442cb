#include "run/watch/stop_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/text/printable.h"
#include "os/io/no_links.h"

namespace hlaunch {

bool take_stop_file(const std::string& path) {
    // A link is a name like any other: where it leads to is not looked at.
    return !path.empty() && ::faccessat(AT_FDCWD, path.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0 &&
           ::unlink(path.c_str()) == 0;
}

void leave_stop_file(const std::string& path) {
    const UniqueFd file(open_no_links(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (file || errno == EEXIST) return;  // the runner takes whatever is there
    throw infrastructure_error("cannot make {}: {}; it asks hlaunch on the other host to stop", printable(path),
                               std::strerror(errno));
}

}  // namespace hlaunch
