#include "os/host/host.h"

#include <sys/statvfs.h>
#include <sys/utsname.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "os/files/file.h"

namespace hlaunch {
namespace {

std::string cpu_model() {
    const std::string text = try_read_text("/proc/cpuinfo").value_or("");
    for (const std::string_view key : {"model name", "cpu model", "CPU implementer"}) {
        const auto at = text.find(key);
        if (at == std::string::npos) continue;
        const auto colon = text.find(':', at);
        const auto from = text.find_first_not_of(" \t", colon + 1);
        if (colon != std::string::npos && from != std::string::npos)
            return text.substr(from, text.find('\n', from) - from);
    }
    return {};
}

// x86 guests see the flag "hypervisor".
bool has_hypervisor_flag() {
    const std::string text = try_read_text("/proc/cpuinfo").value_or("");
    const auto at = text.find("\nflags");
    if (at == std::string::npos) return false;
    const auto line = text.substr(at + 1, text.find('\n', at + 1) - at - 1) + " ";
    return line.find(" hypervisor ") != std::string::npos;
}

std::string boot_id() {
    auto id = try_read_text("/proc/sys/kernel/random/boot_id").value_or("");
    while (!id.empty() && id.back() == '\n') id.pop_back();
    return id;
}

}  // namespace

Host read_host() {
    struct utsname names {};
    ::uname(&names);
    return {names.nodename, cpu_model(), names.release, boot_id(), has_hypervisor_flag()};
}

HostIdentity read_host_identity() {
    struct utsname names {};
    ::uname(&names);
    std::error_code unreadable;
    return {names.nodename, boot_id(), std::filesystem::read_symlink("/proc/self/ns/pid", unreadable).native()};
}

FreeSpace free_space(const std::filesystem::path& path) {
    std::filesystem::path existing = canonical_path(path);
    std::error_code error;
    while (!std::filesystem::exists(existing, error) && existing != existing.root_path())
        existing = existing.parent_path();
    struct statvfs info {};
    if (::statvfs(existing.c_str(), &info) != 0)
        throw infrastructure_error("asking for the free space of '{}' failed: {}", existing.native(),
                                   std::strerror(errno));
    return {.bytes = static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize,
            .inodes = info.f_favail,
            .counts_inodes = info.f_files != 0,
            .read_only = (info.f_flag & ST_RDONLY) != 0};
}

}  // namespace hlaunch
