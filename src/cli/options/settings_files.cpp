#include "cli/options/settings_files.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <set>

#include "base/error.h"
#include "base/text/printable.h"
#include "base/text/shell_quote.h"
#include "os/files/trust.h"
#include "os/files/untrusted_file.h"
#include "os/io/unique_fd.h"
#include "os/process/user_folders.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

constexpr const char* here = "hlaunch.toml";
constexpr const char* system_wide = "/etc/hlaunch.toml";
constexpr std::uint64_t most_bytes = 1U << 20U;

void say_once(const std::string& text) {
    static std::set<std::string> said;
    if (said.insert(text).second) fmt::print(stderr, "hlaunch: warning: {}\n", text);
}

// By the environment alone.
std::optional<std::string> named_config_folder() {
    auto folder = user_folder(Environment::current(), "XDG_CONFIG_HOME", ".config").path;
    return folder.empty() ? std::nullopt : std::optional(std::move(folder));
}

// Nothing where there is no such file.
std::optional<Settings> read_settings(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!fd && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
    std::string text;
    try {
        text = read_regular_file(fd.get(), path, most_bytes);
    } catch (const Error&) {
        throw usage_error("{} is no settings file (a readable file of at most 1 MiB); mend or remove it",
                          printable(path));
    }
    return Settings::of_text(text, path);
}

std::optional<Settings> users_settings() {
    const auto folder = user_config_folder();
    if (!folder) return std::nullopt;
    const auto path = *folder + "/" + here;
    std::error_code failed;
    if (!fs::exists(fs::symlink_status(path, failed))) return std::nullopt;
    const auto trust = trust_of_file(path);
    if (trust.writers == Writers::another) {
        say_once(fmt::format("{} {}: it is ignored", printable(path), trust.why));
        return std::nullopt;
    }
    if (!trust.trusted())
        throw usage_error("{} {}; settings name commands that are run: chmod go-w {} {}", printable(path), trust.why,
                          shell_quote(path), shell_quote(*folder));
    return read_settings(path);
}

// As in git's safe.directory: a folder itself, or FOLDER/* for all that is below it.
bool is_in(const std::string& folder, const std::vector<std::string>& trusted) {
    return std::ranges::any_of(trusted, [&](std::string one) {
        const bool below = one.ends_with("/*");
        if (below) one.resize(one.size() - 2);
        std::error_code failed;
        if (const auto real = fs::canonical(one, failed); !failed) one = real.string();
        return folder == one || (below && folder.starts_with(one + "/"));
    });
}

std::vector<std::string> trusted_folders() {
    Settings own;
    if (const auto users = users_settings()) own.add_weaker(*users);
    if (const auto all = read_settings(system_wide)) own.add_weaker(*all);
    const auto* folders = own.find("trust.folders");
    if (folders == nullptr) return {};
    for (const auto& folder : folders->values)
        if (!folder.starts_with('/'))
            throw usage_error("{}: trust.folders: '{}' is no absolute path", folders->source, printable(folder));
    return folders->values;
}

// Throws on a file whose folder is in no list. The list is only read where it is needed.
void refuse_foreign(const std::string& path) {
    const auto trust = trust_of_file(path);
    if (trust.trusted()) return;
    std::error_code failed;
    const auto current = fs::current_path(failed).string();
    const auto trusted = trusted_folders();
    if (is_in(fs::weakly_canonical(path, failed).parent_path().string(), trusted) || is_in(current, trusted)) return;
    const auto own = named_config_folder().value_or("/etc") + "/" + here;
    throw usage_error(
        "{}{} {}: it could run commands in your name; {}work in a folder of your own, or, where you trust all who may "
        "write there, put into {}: [trust] folders = [\"{}\"]",
        path.starts_with('/') ? "" : "./", printable(path), trust.why,
        trust.writers == Writers::others ? "chmod go-w, " : "", printable(own),
        printable(path.starts_with('/') ? fs::path(path).parent_path().string() : current));
}

}  // namespace

std::optional<std::string> user_config_folder() {
    auto out = named_config_folder();
    if (!out) return out;
    const auto trust = trust_of_folder(*out);
    if (trust.writers != Writers::another) return out;
    say_once(fmt::format("{} {}: settings and templates in it are ignored", printable(*out), trust.why));
    return std::nullopt;
}

Settings load_settings_file(const std::string& path) {
    return read_settings(path).value_or(Settings());
}

Settings load_settings(const std::string& named) {
    Settings out;
    const auto add = [&](const std::optional<Settings>& weaker) {
        if (weaker) out.add_weaker(*weaker);
    };
    const auto without_trust = [](const std::optional<Settings>& settings) {
        if (settings && settings->find("trust.folders") != nullptr)
            throw usage_error("{}: trust.folders counts in the user's own settings and in {} alone; take it out here",
                              settings->find("trust.folders")->source, system_wide);
        return settings;
    };
    if (!named.empty()) add(without_trust(read_settings(named)));
    std::error_code failed;
    if (fs::exists(fs::symlink_status(here, failed))) {
        refuse_foreign(here);
        add(without_trust(read_settings(here)));
    }
    add(users_settings());
    add(read_settings(system_wide));
    return out;
}

void refuse_foreign_files(const std::string& folder, const std::string& ending) {
    std::error_code failed;
    for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed))
        if (at->path().filename().string().ends_with(ending)) refuse_foreign(at->path().string());
}

}  // namespace hlaunch
