#include "check/host_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text/quantity.h"
#include "topology/machine_limits.h"

namespace hlaunch {
namespace {

constexpr std::uint64_t gib = 1U << 30U;

// Processes and threads that a run takes at least.
std::uint64_t least_tasks(std::uint64_t workers) {
    return 64 + 64 * workers;
}

Finding memory(const HostSettings& host, const HostNeeds& needs) {
    if (!host.memory_total_bytes || !host.memory_available_bytes) return ok("memory", "not told by this kernel");
    const auto total = *host.memory_total_bytes, available = *host.memory_available_bytes;
    const auto value = fmt::format("{} available of {}", format_bytes(available), format_bytes(total));
    if (needs.memory_bytes > available)
        return fail("memory", fmt::format("{}, {} forecast", value, format_bytes(needs.memory_bytes)),
                    "end what else runs here, or take fewer instances with --instances");
    if (available < 2 * gib) return fail("memory", value, "one worker alone takes 1 GiB; end what else runs here");
    if (available < total / 2)
        return warn("memory", value, "something else holds more than half; see ps aux --sort -rss");
    return ok("memory", value);
}

Finding memory_limit(const HostSettings& host, const HostNeeds& needs) {
    const auto limit = host.control_groups.memory_bytes;
    if (limit == 0) return ok("memory-limit", "none");
    const auto value = fmt::format("{} ({})", format_bytes(limit), host.control_groups.memory_by);
    if (needs.memory_bytes > limit)
        return fail("memory-limit", fmt::format("{}, {} forecast", value, format_bytes(needs.memory_bytes)),
                    "ask the scheduler or container for more memory (--mem), or take fewer instances");
    if (host.memory_total_bytes && limit < *host.memory_total_bytes)
        return warn(
            "memory-limit", fmt::format("{} of {}", value, format_bytes(*host.memory_total_bytes)),
            "the kernel kills above the job's or container's limit: ask for the memory that hlaunch plan forecasts");
    return ok("memory-limit", value);
}

Finding memory_nodes(const Machine& machine) {
    if (machine.uncounted_bytes == 0) return ok("memory-nodes", "all memory belongs to a NUMA node");
    return warn("memory-nodes", fmt::format("{} belong to no NUMA node", format_bytes(machine.uncounted_bytes)),
                "memory added to a running virtual machine is not planned with: start it with all of its memory");
}

Finding cpu_quota(const HostSettings& host, const Machine& machine) {
    if (host.control_groups.cpu_quota <= 0.0) return ok("cpu-quota", "none");
    const auto value = fmt::format("{}, {} planned with", quota_text(host.control_groups), machine.allowed_cpus.size());
    if (machine.unpaid_cpus.empty()) return ok("cpu-quota", value);
    return warn(
        "cpu-quota", fmt::format("{} of {}", value, machine.allowed_cpus.size() + machine.unpaid_cpus.size()),
        "to have the others, raise it: docker run --cpus, resources.limits.cpu of the pod, CPUQuota= of the unit");
}

// Of control groups and of the user, with what is there already; ulimit's own figure is the line "processes".
Finding tasks(const HostSettings& host, const HostNeeds& needs) {
    const auto& limits = host.control_groups;
    if (!limits.tasks_left) return ok("tasks", "no limit that counts");
    const std::uint64_t workers = std::max(1U, needs.workers);
    const auto value =
        fmt::format("{} more processes and threads of {} ({})", *limits.tasks_left, limits.tasks, limits.tasks_by);
    const auto remedy =
        fmt::format("raise it by {} (docker run --pids-limit, TasksMax= of the unit, ulimit -u), or give fewer workers",
                    least_tasks(workers));
    if (*limits.tasks_left < least_tasks(workers)) return fail("tasks", value, remedy);
    return ok("tasks", value);
}

Finding binding(const Machine& machine, const std::optional<std::string>& complaint) {
    if (complaint)
        return fail("binding", *complaint,
                    "in a container: docker run --cap-add SYS_NICE, or a seccomp profile that allows "
                    "set_mempolicy and sched_setaffinity");
    if (machine.limits.memory_policy) return ok("binding", "CPUs and memory nodes can be bound");
    if (machine.allowed_mems.size() < 2)
        return ok("binding", "CPUs can be bound, memory nodes not: of no consequence with one");
    return warn("binding", "CPUs can be bound, memory nodes not",
                "pages may spill to other nodes; in a container: docker run --cap-add SYS_NICE");
}

Finding shared_memory(const HostSettings& host, const HostNeeds& needs) {
    if (!host.shm_free_bytes || !host.shm_size_bytes)
        return fail("shared-memory", "no /dev/shm", "mount a tmpfs there: workers get their data through it");
    const auto value = fmt::format("{} free of {} in /dev/shm", format_bytes(*host.shm_free_bytes),
                                   format_bytes(*host.shm_size_bytes));
    const auto* remedy = "mount -o remount,size=50% /dev/shm, or docker run --shm-size, or remove what dead runs left";
    if (*host.shm_free_bytes < std::max(needs.shared_memory_bytes, 16 * mib))
        return fail("shared-memory", value, remedy);
    if (*host.shm_free_bytes < std::max(2 * needs.shared_memory_bytes, 256 * mib))
        return warn("shared-memory", value, remedy);
    return ok("shared-memory", value);
}

// `least` ends a run, `wanted` is what a large one takes.
Finding limit(const HostSettings& host, const char* name, const char* key, std::uint64_t least, std::uint64_t wanted,
              const char* option) {
    const auto found = host.limits.find(key);
    if (found == host.limits.end()) return ok(name, "not told by this kernel");
    if (!found->second) return ok(name, "unlimited");
    const auto value = std::to_string(*found->second);
    const auto remedy = fmt::format("ulimit {} {} (or in /etc/security/limits.conf)", option, wanted);
    if (*found->second < least) return fail(name, value, remedy);
    if (*found->second < wanted) return warn(name, value, remedy);
    return ok(name, value);
}

Finding unlimited(const HostSettings& host, const char* name, const char* key, std::uint64_t least, const char* why,
                  const char* option) {
    const auto found = host.limits.find(key);
    if (found == host.limits.end() || !found->second) return ok(name, "unlimited");
    const auto remedy = fmt::format("{}: ulimit {} unlimited", why, option);
    if (*found->second < least) return fail(name, format_bytes(*found->second), remedy);
    return warn(name, format_bytes(*found->second), remedy);
}

Finding governor(const HostSettings& host) {
    if (host.governors.empty()) return ok("governor", "the kernel leaves the frequency to the hardware");
    std::string value;
    unsigned slow = 0;
    for (const auto& [name, cpus] : host.governors) {
        value += fmt::format("{}{} on {} CPUs", value.empty() ? "" : ", ", name, cpus);
        // These drivers raise the clock on their own under the name powersave.
        const bool dynamic = host.frequency_driver == "intel_pstate" || host.frequency_driver.starts_with("amd-pstate");
        if ((name == "powersave" && !dynamic) || name == "conservative" || name == "userspace") slow += cpus;
    }
    if (!host.frequency_driver.empty()) value += " (" + host.frequency_driver + ")";
    if (slow > 0) return warn("governor", value, "cpupower frequency-set -g performance, as root");
    return ok("governor", value);
}

Finding numa_balancing(const HostSettings& host, const Machine& machine) {
    if (!host.numa_balancing) return ok("numa-balancing", "not in this kernel");
    if (*host.numa_balancing == 0) return ok("numa-balancing", "off");
    if (machine.numa_nodes.size() < 2) return ok("numa-balancing", "on, of no effect on one node");
    return warn("numa-balancing", std::to_string(*host.numa_balancing),
                "bound pages gain nothing from being scanned: sysctl kernel.numa_balancing=0, as root");
}

Finding huge_pages(const HostSettings& host) {
    if (host.huge_pages.empty()) return ok("huge-pages", "not in this kernel");
    if (host.huge_pages == "never")
        return warn(
            "huge-pages", "never",
            "large arrays gain from madvise: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled, as root");
    return ok("huge-pages", host.huge_pages);
}

Finding zone_reclaim(const HostSettings& host) {
    if (host.zone_reclaim_mode.value_or(0) == 0) return ok("zone-reclaim", "off");
    return warn("zone-reclaim", std::to_string(*host.zone_reclaim_mode),
                "a full node stalls instead of taking memory from the next: sysctl vm.zone_reclaim_mode=0, as root");
}

Finding overcommit(const HostSettings& host) {
    const auto mode = host.overcommit_memory.value_or(0);
    if (mode != 2) return ok("overcommit", std::to_string(mode));
    return warn("overcommit", "2 (strict)",
                "workers reserve far more than they use and may be refused it: sysctl vm.overcommit_memory=0, as root");
}

Finding load(const HostSettings& host, const Machine& machine) {
    if (!host.load_1min) return ok("load", "not told by this kernel");
    const auto pus = std::max<std::size_t>(1, machine.cpus.size());
    const auto value = fmt::format("{:.2f} on {} PUs", *host.load_1min, pus);
    if (*host.load_1min > 0.5 + 0.25 * static_cast<double>(pus))
        return warn("load", value,
                    "others compute here: bound instances cannot evade them; see top, or ask for the node alone");
    return ok("load", value);
}

Finding affinity(const Machine& machine) {
    const auto allowed = machine.allowed_cpus.size() + machine.unpaid_cpus.size();
    const auto value = fmt::format("{} of {} PUs allowed", allowed, machine.cpus.size());
    if (allowed < machine.cpuset_cpus.size())
        return warn("affinity", value,
                    "the shell is bound (taskset, numactl, mpirun --bind-to): start hlaunch unbound");
    return ok("affinity", value);
}

bool shared(const std::string& type) {
    constexpr std::array types{"nfs",  "nfs4", "lustre", "gpfs",  "beegfs",   "cifs", "smb3",
                               "ceph", "afs",  "panfs",  "pvfs2", "orangefs", "9p",   "glusterfs"};
    return std::ranges::find(types, type) != types.end() || type.starts_with("fuse.");
}

}  // namespace

std::vector<Finding> check_host(const HostSettings& host, const Machine& machine, const HostNeeds& needs,
                                const std::optional<std::string>& binding_complaint) {
    // Each worker holds sockets, libraries and queues, and a few dozen threads.
    const std::uint64_t workers = std::max(1U, needs.workers);
    return {memory(host, needs),
            memory_limit(host, needs),
            memory_nodes(machine),
            cpu_quota(host, machine),
            shared_memory(host, needs),
            limit(host, "open-files", "Max open files", 256 + 16 * workers, 1024 + 64 * workers, "-n"),
            limit(host, "processes", "Max processes", least_tasks(workers), 1024 + 256 * workers, "-u"),
            tasks(host, needs),
            unlimited(host, "address-space", "Max address space", 16 * gib,
                      "compiled code and thread stacks reserve address space that they never use", "-v"),
            unlimited(host, "file-size", "Max file size", gib, "results and logs are cut there", "-f"),
            governor(host),
            numa_balancing(host, machine),
            huge_pages(host),
            zone_reclaim(host),
            overcommit(host),
            load(host, machine),
            affinity(machine),
            binding(machine, binding_complaint)};
}

Finding check_disk(const std::string& name, const Storage& storage, std::uint64_t wanted_bytes) {
    const auto value = fmt::format("{} free on {} ({})", format_bytes(storage.space.bytes), storage.path,
                                   storage.type.empty() ? "unknown file system" : storage.type);
    if (storage.space.read_only) return fail(name, storage.path + " is read-only", "take another folder");
    if (storage.space.bytes < 64 * mib || (storage.space.counts_inodes && storage.space.inodes < 1000))
        return fail(name, value, "make room (bytes and inodes), or take another folder");
    if (storage.space.bytes < wanted_bytes) return warn(name, value, "make room, or take another folder");
    return ok(name, value);
}

Finding check_file_locking(const Storage& data, const std::optional<std::string>& hdf5_locking) {
    const auto set = hdf5_locking ? "HDF5_USE_FILE_LOCKING=" + *hdf5_locking : "HDF5_USE_FILE_LOCKING unset";
    const auto value = fmt::format("{}: {}, {}", data.path, data.type.empty() ? "unknown file system" : data.type, set);
    if (shared(data.type) && hdf5_locking != "FALSE" && hdf5_locking != "BEST_EFFORT")
        return warn("hdf5-locking", value,
                    "locks of a shared file system fail or hang: export HDF5_USE_FILE_LOCKING=FALSE");
    return ok("hdf5-locking", value);
}

}  // namespace hlaunch
