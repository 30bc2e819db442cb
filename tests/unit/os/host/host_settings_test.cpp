#include "os/host/host_settings.h"

#include <fstream>

#include "catch.h"
#include "support/temporary_folder.h"

using namespace hlaunch;

TEST_CASE("limits as the kernel prints them") {
    const auto limits = parse_limits(
        "Limit                     Soft Limit           Hard Limit           Units     \n"
        "Max file size             unlimited            unlimited            bytes     \n"
        "Max processes             63423                63423                processes \n"
        "Max open files            1024                 1048576              files     \n"
        "Max short\n");
    CHECK(limits.size() == 3);
    CHECK(limits.at("Max file size") == std::nullopt);
    CHECK(limits.at("Max processes") == 63423U);
    CHECK(limits.at("Max open files") == 1024U);
}

TEST_CASE("the file system of a path is that of the longest mount point over it") {
    const auto mounts = parse_mounts(
        "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
        "30 22 0:30 / /data rw - nfs4 server:/data rw\n"
        "31 30 0:31 / /data/my\\040scans rw master:2 - lustre mds:/l rw\n"
        "32 22 0:32 / /database rw - xfs /dev/sdb rw\n"
        "broken\n");
    REQUIRE(mounts.size() == 4);
    CHECK(mounts[2].point == "/data/my scans");
    CHECK(filesystem_type(mounts, "/data/x.hdf") == "nfs4");
    CHECK(filesystem_type(mounts, "/data") == "nfs4");
    CHECK(filesystem_type(mounts, "/data/my scans/a/b") == "lustre");
    CHECK(filesystem_type(mounts, "/databases") == "ext4");  // names, not letters
    CHECK(filesystem_type(mounts, "/") == "ext4");
    CHECK(filesystem_type({}, "/data").empty());
}

TEST_CASE("a copy of another host's files") {
    const TemporaryFolder folder;
    const auto put = [&](const char* path, const char* text) {
        const auto file = folder.path() / path;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << text;
    };
    put("proc/meminfo", "MemTotal:        1000 kB\nMemFree: 1 kB\nMemAvailable:     400 kB\n");
    put("proc/loadavg", "3.50 1.00 0.50 1/100 4242\n");
    put("proc/self/cgroup", "0::/a/b\n");
    put("sys/fs/cgroup/a/memory.max", "8192\n");
    put("sys/fs/cgroup/a/b/memory.max", "max\n");
    put("proc/sys/kernel/numa_balancing", "1\n");
    put("sys/kernel/mm/transparent_hugepage/enabled", "always madvise [never]\n");
    put("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
    put("sys/devices/system/cpu/cpu11/cpufreq/scaling_governor", "performance\n");
    put("sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "userspace\n");
    const auto host = read_host_settings(folder.path());
    CHECK(host.memory_total_bytes == 1024000U);
    CHECK(host.memory_available_bytes == 409600U);
    CHECK(host.control_groups.memory_bytes == 8192U);  // of the parent
    CHECK(host.load_1min == 3.5);
    CHECK(host.numa_balancing == 1);
    CHECK_FALSE(host.zone_reclaim_mode);
    CHECK(host.huge_pages == "never");
    CHECK(host.governors == std::map<std::string, unsigned>{{"performance", 1}, {"powersave", 1}});
    CHECK_FALSE(host.shm_size_bytes);
    // This one.
    const auto here = read_host_settings("/");
    CHECK(here.memory_total_bytes.value_or(0) > 0);
    CHECK(filesystem_type(here.mounts, "/proc/self") == "proc");
}
