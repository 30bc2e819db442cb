#include "run/journal/run_owner.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/json_fields.h"
#include "os/host/host.h"
#include "os/process/process_info.h"

namespace hlaunch {
namespace {

std::string folder_id(const std::string& folder) {
    struct stat status {};
    if (folder.empty() || stat(folder.c_str(), &status) != 0) return {};
    return fmt::format("{:x}:{:x}", status.st_dev, status.st_ino);
}

bool known_to_differ(const std::string& a, const std::string& b) {
    return !a.empty() && !b.empty() && a != b;
}

bool is_missing(const RunOwner& owner) {
    return owner.host.empty() || owner.boot_id.empty() || owner.pid_namespace.empty() || owner.folder_id.empty() ||
           owner.start_ticks == 0;
}

// Not a reaper, nor what a record of another's making points at.
bool is_hlaunch(const ProcessInfo& process) {
    if (process.comm.starts_with("hlaunch-reaper")) return false;
    if (process.comm.starts_with("hlaunch")) return true;
    std::error_code unreadable, failed;  // under another name
    const auto theirs = std::filesystem::read_symlink(fmt::format("/proc/{}/exe", process.pid), unreadable);
    const auto ours = std::filesystem::read_symlink("/proc/self/exe", failed);
    return !unreadable && !failed && theirs == ours;
}

}  // namespace

RunOwner this_process(const std::string& folder) {
    const auto host = read_host_identity();
    const auto self = read_process(getpid());
    return {.host = host.name,
            .boot_id = host.boot_id,
            .pid_namespace = host.pid_namespace,
            .pid = getpid(),
            .start_ticks = self ? self->start_ticks : 0,
            .folder_id = folder_id(folder)};
}

nlohmann::json to_json(const RunOwner& owner) {
    return {{"host", owner.host}, {"boot_id", owner.boot_id},         {"pid_namespace", owner.pid_namespace},
            {"pid", owner.pid},   {"start_ticks", owner.start_ticks}, {"folder_id", owner.folder_id}};
}

std::optional<RunOwner> owner_from_json(const nlohmann::json& json) {
    const auto pid = number_in(json, "pid");
    if (!pid || *pid < 1.0 || *pid > 4194304.0) return std::nullopt;  // the kernel's largest
    return RunOwner{.host = text_in(json, "host"),
                    .boot_id = text_in(json, "boot_id"),
                    .pid_namespace = text_in(json, "pid_namespace"),
                    .pid = static_cast<pid_t>(*pid),
                    .start_ticks = count_in(json, "start_ticks"),
                    .folder_id = text_in(json, "folder_id")};
}

OwnerState look_after(const RunOwner& owner, const std::string& folder) {
    const auto here = this_process(folder);
    if (known_to_differ(owner.host, here.host) || known_to_differ(owner.pid_namespace, here.pid_namespace))
        return OwnerState::elsewhere;
    if (known_to_differ(owner.boot_id, here.boot_id)) return OwnerState::gone;
    if (known_to_differ(owner.folder_id, here.folder_id)) return OwnerState::copied;
    if (is_missing(owner) || is_missing(here)) return OwnerState::elsewhere;
    const auto process = read_process(owner.pid);
    if (!process || process->dead() || process->start_ticks != owner.start_ticks) return OwnerState::gone;
    return OwnerState::alive;
}

bool is_hlaunch_of(const RunOwner& owner, uid_t writer) {
    const auto process = read_process(owner.pid);
    return process && !process->dead() && owner.start_ticks != 0 && process->start_ticks == owner.start_ticks &&
           is_hlaunch(*process) && user_of(owner.pid) == writer;
}

}  // namespace hlaunch
