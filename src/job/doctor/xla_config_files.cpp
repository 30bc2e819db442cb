#include "job/doctor/xla_config_files.h"

#include <filesystem>

#include "base/error.h"
#include "os/files/file.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

// Empty is unset, as for homodyne.
std::string value_of(const Environment& environment, const char* name) {
    return environment.get(name).value_or("");
}

bool is_ours(const std::string& path) {
    const auto text = try_read_text(path);
    return text && homodyne::is_settings_file(*text);
}

}  // namespace

XlaConfigFiles xla_config_files(const Environment& environment) {
    const auto home = value_of(environment, "HOME");
    if (home.empty()) throw usage_error("HOME is not set: it is where ~/.homodyne_xla_config goes; set it");
    XlaConfigFiles out{.mode = {}, .sh = home + "/.homodyne_xla_config", .fish = home + "/.homodyne_xla_config.fish"};
    for (const char* name : {"VIRTUAL_ENV", "CONDA_PREFIX"})
        if (const auto folder = value_of(environment, name); !folder.empty() && out.mode.empty())
            out.mode = folder + "/etc/homodyne/xla_mode";
    if (out.mode.empty()) {
        const auto xdg = value_of(environment, "XDG_CONFIG_HOME");
        out.mode = (xdg.empty() ? home + "/.config" : xdg) + "/homodyne/xla_mode";
    }
    return out;
}

void write_xla_config(const XlaConfigFiles& files, const homodyne::XlaRecommendation& recommendation) {
    for (const auto& path : {files.sh, files.fish})
        if (fs::exists(path) && !is_ours(path))
            throw usage_error("{} is not hlaunch's; move it away, then again", path);
    ensure_directory(canonical_path(files.mode).parent_path());
    write_as_named(files.mode, std::string(homodyne::to_string(recommendation.mode)) + "\n");
    write_as_named(files.sh, homodyne::sh_settings(recommendation));
    write_as_named(files.fish, homodyne::fish_settings(recommendation));
}

std::vector<std::string> remove_xla_config(const XlaConfigFiles& files) {
    std::vector<std::string> removed;
    std::error_code failed;
    for (const auto& path : {files.sh, files.fish})
        if (is_ours(path) && fs::remove(path, failed)) removed.push_back(path);
    if (fs::remove(files.mode, failed)) removed.push_back(files.mode);
    return removed;
}

std::string configured_mode(const XlaConfigFiles& files) {
    const auto text = try_read_text(files.mode).value_or("");
    return text.substr(0, text.find_first_of(" \t\r\n"));
}

}  // namespace hlaunch
