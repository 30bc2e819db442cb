#include "check/host_checks.h"

#include <algorithm>

#include "catch.h"

using namespace hlaunch;

namespace {

constexpr std::uint64_t gib = 1U << 30U;

HostSettings good_host() {
    HostSettings out;
    out.memory_total_bytes = 64 * gib;
    out.memory_available_bytes = 60 * gib;
    out.load_1min = 0.3;
    out.governors = {{"performance", 8}};
    out.frequency_driver = "acpi-cpufreq";
    out.numa_balancing = 0;
    out.zone_reclaim_mode = 0;
    out.overcommit_memory = 0;
    out.huge_pages = "madvise";
    out.shm_size_bytes = out.shm_free_bytes = 32 * gib;
    out.limits = {{"Max open files", 65536}, {"Max processes", std::nullopt}, {"Max address space", std::nullopt}};
    return out;
}

Machine two_nodes() {
    Machine out;
    out.cpus = out.cpuset_cpus = out.allowed_cpus = IdSet::parse("0-7");
    out.numa_nodes.resize(2);
    return out;
}

Finding line(const HostSettings& host, const std::string& name, const HostNeeds& needs = {},
             const Machine& machine = two_nodes(), const std::optional<std::string>& complaint = std::nullopt) {
    const auto all = check_host(host, machine, needs, complaint);
    const auto found = std::ranges::find(all, name, &Finding::name);
    REQUIRE(found != all.end());
    // A remedy exactly where one is needed.
    CHECK(found->remedy.empty() == (found->level == Level::ok));
    return *found;
}

}  // namespace

TEST_CASE("a well-kept host has nothing but OK") {
    for (const auto& finding : check_host(good_host(), two_nodes(), {}, std::nullopt)) {
        INFO(finding.name << ": " << finding.value);
        CHECK(finding.level == Level::ok);
    }
    // Nor is what the kernel does not tell a fault, except shared memory.
    for (const auto& finding : check_host({}, two_nodes(), {}, std::nullopt)) {
        INFO(finding.name);
        CHECK((finding.level == Level::ok) == (finding.name != "shared-memory"));
    }
}

TEST_CASE("memory: what is free, and the forecast") {
    auto host = good_host();
    CHECK(line(host, "memory", {.memory_bytes = 61 * gib}).level == Level::fail);
    host.memory_available_bytes = 20 * gib;
    CHECK(line(host, "memory").level == Level::warn);
    host.memory_available_bytes = gib;
    CHECK(line(host, "memory").level == Level::fail);
    host.control_groups.memory_bytes = 16 * gib;
    CHECK(line(host, "memory-limit").level == Level::warn);
    CHECK(line(host, "memory-limit", {.memory_bytes = 17 * gib}).level == Level::fail);
}

TEST_CASE("shared memory: the default of a container is too small") {
    auto host = good_host();
    host.shm_size_bytes = host.shm_free_bytes = 64U << 20U;
    CHECK(line(host, "shared-memory").level == Level::warn);
    CHECK(line(host, "shared-memory", {.shared_memory_bytes = 65U << 20U}).level == Level::fail);
}

TEST_CASE("limits grow with the workers") {
    auto host = good_host();
    host.limits["Max open files"] = 1024;
    CHECK(line(host, "open-files", {.workers = 1}).level == Level::warn);
    CHECK(line(host, "open-files", {.workers = 62}).level == Level::fail);
    host.limits["Max processes"] = 100;
    CHECK(line(host, "processes").level == Level::fail);
    host.limits["Max address space"] = 100 * gib;
    CHECK(line(host, "address-space").level == Level::warn);
    host.limits["Max address space"] = 4 * gib;
    CHECK(line(host, "address-space").level == Level::fail);
    host.limits["Max file size"] = 4096;
    CHECK(line(host, "file-size").level == Level::fail);
}

TEST_CASE("the kernel's settings") {
    auto host = good_host();
    host.governors = {{"powersave", 8}};
    CHECK(line(host, "governor").level == Level::warn);
    host.frequency_driver = "intel_pstate";  // there powersave is dynamic
    CHECK(line(host, "governor").level == Level::ok);
    host.numa_balancing = 1;
    CHECK(line(host, "numa-balancing").level == Level::warn);
    auto one = two_nodes();
    one.numa_nodes.resize(1);
    CHECK(line(host, "numa-balancing", {}, one).level == Level::ok);
    host.huge_pages = "never";
    CHECK(line(host, "huge-pages").level == Level::warn);
    host.zone_reclaim_mode = 1;
    CHECK(line(host, "zone-reclaim").level == Level::warn);
    host.overcommit_memory = 2;
    CHECK(line(host, "overcommit").level == Level::warn);
}

TEST_CASE("others' load, a bound shell, and binding that is forbidden") {
    auto host = good_host();
    host.load_1min = 2.6;
    CHECK(line(host, "load").level == Level::warn);
    auto machine = two_nodes();
    machine.allowed_cpus = IdSet::parse("0-3");
    CHECK(line(host, "affinity", {}, machine).level == Level::warn);
    const auto binding = line(host, "binding", {}, two_nodes(), "set_mempolicy: Operation not permitted");
    CHECK(binding.level == Level::fail);
    CHECK(binding.value == "set_mempolicy: Operation not permitted");
}

TEST_CASE("folders: room, and locks of a shared file system") {
    CHECK(check_disk("output", {"/d", "ext4", {.bytes = 9 * gib, .inodes = 1U << 20U}}, 5 * gib).level == Level::ok);
    CHECK(check_disk("output", {"/d", "ext4", {.bytes = gib, .inodes = 1U << 20U}}, 5 * gib).level == Level::warn);
    CHECK(check_disk("output", {"/d", "ext4", {.bytes = 9 * gib, .inodes = 10}}, 5 * gib).level == Level::fail);
    CHECK(check_disk("output", {"/d", "btrfs", {.bytes = 9 * gib, .counts_inodes = false}}, 0).level == Level::ok);
    CHECK(check_disk("output", {"/d", "ext4", {.bytes = 9 * gib, .inodes = 1U << 20U, .read_only = true}}, 0).level ==
          Level::fail);
    CHECK(check_file_locking({"/d/x.hdf", "nfs4", {}}, std::nullopt).level == Level::warn);
    CHECK(check_file_locking({"/d/x.hdf", "fuse.sshfs", {}}, "TRUE").level == Level::warn);
    CHECK(check_file_locking({"/d/x.hdf", "lustre", {}}, "FALSE").level == Level::ok);
    CHECK(check_file_locking({"/d/x.hdf", "ext4", {}}, std::nullopt).level == Level::ok);
}

TEST_CASE("limits of control groups, and what cannot be bound") {
    auto host = good_host();
    auto machine = two_nodes();
    machine.allowed_mems = IdSet::parse("0-1");
    CHECK(line(host, "cpu-quota").value == "none");
    host.control_groups.cpu_quota = 2.5;
    host.control_groups.cpu_quota_by = "cpu.max of /job";
    machine.allowed_cpus = IdSet::parse("0-1");
    machine.unpaid_cpus = IdSet::parse("2-7");
    const auto quota = line(host, "cpu-quota", {}, machine);
    CHECK(quota.level == Level::warn);
    CHECK(quota.value == "CPU quota of 2.5 CPUs (cpu.max of /job), 2 planned with of 8");
    CHECK(line(host, "affinity", {}, machine).level == Level::ok);  // nobody has bound the shell
    host.control_groups.cpu_quota = 8.0;
    CHECK(line(host, "cpu-quota").level == Level::ok);

    CHECK(line(host, "memory-nodes").level == Level::ok);
    machine.uncounted_bytes = 3 * gib;
    CHECK(line(host, "memory-nodes", {}, machine).value == "3.0 GiB belong to no NUMA node");

    CHECK(line(host, "tasks").level == Level::ok);
    host.control_groups.tasks_left = 127;
    host.control_groups.tasks = 512;
    host.control_groups.tasks_by = "pids.max of /job";
    CHECK(line(host, "tasks", {.workers = 1}).value == "127 more processes and threads of 512 (pids.max of /job)");
    CHECK(line(host, "tasks", {.workers = 1}).level == Level::fail);
    host.control_groups.tasks_left = 128;
    CHECK(line(host, "tasks", {.workers = 1}).level == Level::ok);
    CHECK(line(host, "tasks", {.workers = 2}).level == Level::fail);

    machine.limits.memory_policy = false;
    CHECK(line(host, "binding", {}, machine).level == Level::warn);
    machine.allowed_mems = IdSet{0};
    CHECK(line(host, "binding", {}, machine).level == Level::ok);
    CHECK(line(host, "binding", {}, machine, "no").level == Level::fail);
}
