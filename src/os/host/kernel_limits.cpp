#include "os/host/kernel_limits.h"

#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <sstream>
#include <string>
#include <tuple>

#include "os/files/file.h"
#include "os/process/cgroup_tree.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t no_limit_from = std::uint64_t{1} << 60U;  // version 1 writes an enormous number

// "max", -1 and what is no number are none.
std::optional<std::uint64_t> limit_number(std::string_view text) {
    const auto from = text.find_first_not_of(" \t");
    if (from == std::string_view::npos) return std::nullopt;
    std::uint64_t value = 0;
    const auto [end, failed] = std::from_chars(text.data() + from, text.data() + text.size(), value);
    if (failed != std::errc()) return std::nullopt;
    return value;
}

std::optional<std::uint64_t> limit_in(const fs::path& file) {
    return limit_number(try_read_text(file).value_or(""));
}

// "KEY 123" in a line of its own, or "KEY:  123".
std::optional<std::uint64_t> entry_of(const std::string& text, std::string_view key) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(key) && line.size() > key.size() && line.find_first_of(" :\t", key.size()) == key.size())
            return limit_number(std::string_view(line).substr(key.size() + 1));
    return std::nullopt;
}

// CPUs' worth of time; nothing: no quota.
std::optional<double> quota_of(const fs::path& group, bool unified) {
    std::optional<std::uint64_t> quota, period;
    if (unified) {
        const auto text = try_read_text(group / "cpu.max").value_or("");
        quota = limit_number(text);
        period = limit_number(std::string_view(text).substr(std::min(text.find(' '), text.size())));
    } else {
        quota = limit_in(group / "cpu.cfs_quota_us");
        period = limit_in(group / "cpu.cfs_period_us");
    }
    if (!quota || *quota == 0) return std::nullopt;
    const auto each = period.value_or(0) > 0 ? *period : 100000;  // the kernel's own
    return static_cast<double>(*quota) / static_cast<double>(each);
}

void read_cpu_quota(const fs::path& root, Limits& out) {
    const auto tree = group_tree("cpu", root);
    for (const auto& group : tree.folders) {
        const auto quota = quota_of(group.path, tree.unified);
        if (!quota || (out.cpu_quota > 0.0 && *quota >= out.cpu_quota)) continue;
        out.cpu_quota = *quota;
        out.cpu_quota_by = fmt::format("{} of {}", tree.unified ? "cpu.max" : "cpu.cfs_quota_us", group.name);
    }
}

struct MemoryLimit {
    std::uint64_t bytes = 0;
    std::string file;
};

// Above memory.high the kernel slows a group down until it stands still, before it kills at memory.max.
std::optional<MemoryLimit> memory_limit_of(const fs::path& group, bool unified) {
    std::optional<MemoryLimit> out;
    const auto take = [&](std::optional<std::uint64_t> bytes, const char* file) {
        if (bytes && *bytes < no_limit_from && (!out || *bytes < out->bytes)) out = MemoryLimit{*bytes, file};
    };
    if (unified) {
        take(limit_in(group / "memory.max"), "memory.max");
        take(limit_in(group / "memory.high"), "memory.high");
    } else {
        take(limit_in(group / "memory.limit_in_bytes"), "memory.limit_in_bytes");
        // Of the groups above too, which a container does not see.
        take(entry_of(try_read_text(group / "memory.stat").value_or(""), "hierarchical_memory_limit"),
             "hierarchical_memory_limit");
    }
    return out;
}

void read_memory_limit(const fs::path& root, Limits& out) {
    const auto tree = group_tree("memory", root);
    for (const auto& group : tree.folders) {
        const auto limit = memory_limit_of(group.path, tree.unified);
        // Of the same figure the group further up is the one that says it.
        if (!limit || (out.memory_bytes > 0 && limit->bytes > out.memory_bytes)) continue;
        out.memory_bytes = limit->bytes;
        out.memory_by = fmt::format("{} of {}", limit->file, group.name);
    }
}

void take_tasks(Limits& out, std::uint64_t limit, std::uint64_t now, const std::string& by) {
    const auto left = limit - std::min(limit, now);
    if (out.tasks_left && *out.tasks_left <= left) return;
    out.tasks_left = left;
    out.tasks = limit;
    out.tasks_by = by;
}

void read_group_tasks(const fs::path& root, Limits& out) {
    for (const auto& group : group_tree("pids", root).folders)
        if (const auto limit = limit_in(group.path / "pids.max"))
            take_tasks(out, *limit, limit_in(group.path / "pids.current").value_or(0),
                       fmt::format("pids.max of {}", group.name));
}

// The kernel does not hold root, nor who may raise the limit, to it; in a user namespace neither counts.
bool is_free_of_task_limit(const fs::path& root, const std::string& status) {
    constexpr unsigned sys_admin = 21, sys_resource = 24;
    std::istringstream map(try_read_text(root / "proc/self/uid_map").value_or(""));
    std::uint64_t inside = 1, outside = 1, count = 0;
    map >> inside >> outside >> count;
    if (inside != 0 || outside != 0 || count < 0xffffffffU) return false;
    if (entry_of(status, "Uid") == 0U) return true;
    const auto at = status.find("\nCapEff:\t");
    if (at == std::string::npos) return false;
    std::uint64_t capabilities = 0;
    std::from_chars(status.data() + at + 9, status.data() + status.size(), capabilities, 16);
    return ((capabilities >> sys_admin | capabilities >> sys_resource) & 1U) != 0;
}

// "ulimit -u": of all processes and threads of the user on this machine.
void read_user_tasks(const fs::path& root, Limits& out) {
    constexpr std::uint64_t plenty = 65536;  // not worth reading all of /proc
    const auto limits = try_read_text(root / "proc/self/limits").value_or("");
    const auto at = limits.find("Max processes ");
    if (at == std::string::npos) return;
    const auto limit = limit_number(std::string_view(limits).substr(at + 14));
    if (!limit || *limit >= plenty) return;
    const auto own = try_read_text(root / "proc/self/status").value_or("");
    if (is_free_of_task_limit(root, own)) return;
    const auto user = entry_of(own, "Uid");
    std::uint64_t threads = 0;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(root / "proc", failed)) {
        if (const auto name = entry.path().filename().string();
            name.find_first_not_of("0123456789") != std::string::npos)
            continue;
        const auto status = try_read_text(entry.path() / "status").value_or("");
        if (entry_of(status, "Uid") == user) threads += entry_of(status, "Threads").value_or(1);
    }
    take_tasks(out, *limit, threads, "ulimit -u");
}

}  // namespace

Limits read_limits(const fs::path& root) {
    Limits out;
    read_cpu_quota(root, out);
    read_memory_limit(root, out);
    read_group_tasks(root, out);
    read_user_tasks(root, out);
    return out;
}

std::optional<MemoryState> group_memory(const fs::path& root) {
    std::optional<MemoryState> out;
    const auto tree = group_tree("memory", root);
    for (const auto& group : tree.folders) {
        const auto limit = memory_limit_of(group.path, tree.unified);
        const auto used = limit_in(group.path / (tree.unified ? "memory.current" : "memory.usage_in_bytes"));
        if (!limit || !used) continue;
        const auto stat = try_read_text(group.path / "memory.stat").value_or("");
        const std::string prefix = tree.unified ? "" : "total_";
        const auto cache =
            entry_of(stat, prefix + "active_file").value_or(0) + entry_of(stat, prefix + "inactive_file").value_or(0);
        const auto held = *used - std::min(*used, cache);
        const MemoryState one{.available_bytes = limit->bytes - std::min(limit->bytes, held),
                              .total_bytes = limit->bytes};
        if (!out || one.available_bytes < out->available_bytes) out = one;
    }
    return out;
}

MemoryState memory_left(const IdSet& nodes, const fs::path& root) {
    const auto machine = read_memory(nodes, root);
    const auto group = group_memory(root);
    if (!group || (machine.total_bytes > 0 && group->available_bytes >= machine.available_bytes)) return machine;
    return *group;
}

bool memory_policy_allowed() noexcept {
    // No mode has this number: EINVAL from a kernel that was asked.
    return ::syscall(SYS_set_mempolicy, -1, nullptr, 0) == 0 || (errno != EPERM && errno != EACCES && errno != ENOSYS);
}

}  // namespace hlaunch
