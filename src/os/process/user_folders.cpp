#include "os/process/user_folders.h"

namespace hlaunch {

UserFolder user_folder(const Environment& environment, const char* variable, const char* in_home) {
    if (auto xdg = environment.get(variable).value_or(""); xdg.starts_with('/')) return {xdg, xdg + "/hlaunch"};
    if (auto home = environment.get("HOME").value_or(""); home.starts_with('/'))
        return {home, home + "/" + in_home + "/hlaunch"};
    return {};
}

}  // namespace hlaunch
