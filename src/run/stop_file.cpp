#include "run/stop_file.h"

#include <unistd.h>

namespace hlaunch {

bool take_stop_file(const std::string& path) {
    return !path.empty() && ::access(path.c_str(), F_OK) == 0 && ::unlink(path.c_str()) == 0;
}

}  // namespace hlaunch
