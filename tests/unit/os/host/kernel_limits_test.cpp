#include "os/host/kernel_limits.h"

#include "catch.h"
#include "os/files/file.h"
#include "os/process/cgroup_tree.h"
#include "support/temporary_folder.h"

using namespace hlaunch;

namespace {

// A made-up host: its files under a folder of their own.
class FakeHost {
  public:
    FakeHost& put(const std::string& path, const std::string& text) {
        const auto file = folder_.path() / path;
        ensure_directory(file.parent_path());
        write_atomically(file, text + "\n");
        return *this;
    }
    [[nodiscard]] std::filesystem::path root() const { return folder_.path(); }
    [[nodiscard]] Limits limits() const { return read_limits(folder_.path()); }

  private:
    TemporaryFolder folder_;
};

void unify(FakeHost& host, const std::string& own) {
    host.put("proc/self/cgroup", "0::" + own)
        .put("proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate");
}

constexpr const char* v1_lines = "4:memory:/job/step\n3:cpuset:/\n2:cpu,cpuacct:/job/step\n1:pids:/job\n0::/";
constexpr const char* v1_mounts =
    "31 30 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "32 30 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "33 30 0:29 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
    "34 30 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw";

}  // namespace

TEST_CASE("no control group, no limit", "[limits]") {
    const FakeHost host;
    CHECK(group_tree("cpu", host.root()).folders.empty());
    const auto limits = host.limits();
    CHECK(limits.cpu_quota == 0.0);
    CHECK(limits.memory_bytes == 0);
    CHECK_FALSE(limits.tasks_left);
    CHECK_FALSE(group_memory(host.root()));
}

TEST_CASE("version 2: the smallest limit of the group and all above it", "[limits]") {
    FakeHost host;
    unify(host, "/kube/pod/box");
    host.put("sys/fs/cgroup/kube/cpu.max", "150000 100000")
        .put("sys/fs/cgroup/kube/pod/cpu.max", "max 100000")
        .put("sys/fs/cgroup/kube/pod/box/cpu.max", "400000 100000")
        .put("sys/fs/cgroup/kube/memory.max", "8000")
        .put("sys/fs/cgroup/kube/pod/memory.max", "max")
        .put("sys/fs/cgroup/kube/pod/box/memory.max", "9000")
        .put("sys/fs/cgroup/kube/pids.max", "100")
        .put("sys/fs/cgroup/kube/pids.current", "95")
        .put("sys/fs/cgroup/kube/pod/box/pids.max", "50")
        .put("sys/fs/cgroup/kube/pod/box/pids.current", "2");
    auto limits = host.limits();
    CHECK(limits.cpu_quota == 1.5);
    CHECK(limits.cpu_quota_by == "cpu.max of /kube");
    CHECK(limits.memory_bytes == 8000);
    CHECK(limits.memory_by == "memory.max of /kube");
    CHECK(limits.tasks_left == 5U);  // the larger limit, and fuller
    CHECK(limits.tasks == 100);
    CHECK(limits.tasks_by == "pids.max of /kube");
    // The kernel throttles above memory.high, and may let a group stand still there.
    host.put("sys/fs/cgroup/kube/pod/box/memory.high", "7000");
    limits = host.limits();
    CHECK(limits.memory_bytes == 7000);
    CHECK(limits.memory_by == "memory.high of /kube/pod/box");
}

TEST_CASE("version 2: periods, and what is no quota", "[limits]") {
    FakeHost host;
    unify(host, "/");
    const auto quota = [&](const char* text) {
        host.put("sys/fs/cgroup/cpu.max", text);
        return host.limits().cpu_quota;
    };
    CHECK(quota("50000 100000") == 0.5);
    CHECK(quota("50000 10000") == 5.0);
    CHECK(quota("200000") == 2.0);  // the kernel's own period
    CHECK(quota("max 100000") == 0.0);
    CHECK(quota("0 100000") == 0.0);
    CHECK(quota("") == 0.0);
    CHECK(quota("nonsense") == 0.0);
}

TEST_CASE("version 1 and hybrid: each controller in a tree of its own", "[limits]") {
    FakeHost host;
    host.put("proc/self/cgroup", v1_lines).put("proc/self/mountinfo", v1_mounts);
    const std::string cpu = "sys/fs/cgroup/cpu,cpuacct";
    host.put(cpu + "/job/step/cpu.cfs_quota_us", "-1")
        .put(cpu + "/job/step/cpu.cfs_period_us", "100000")
        .put(cpu + "/job/cpu.cfs_quota_us", "125000")
        .put(cpu + "/job/cpu.cfs_period_us", "50000")
        .put("sys/fs/cgroup/memory/job/step/memory.limit_in_bytes", "9223372036854771712")
        .put("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "5000")
        .put("sys/fs/cgroup/pids/job/pids.max", "20")
        .put("sys/fs/cgroup/pids/job/pids.current", "8")
        .put("sys/fs/cgroup/unified/cpu.max", "1000 100000");  // not this one's tree
    auto limits = host.limits();
    CHECK(limits.cpu_quota == 2.5);
    CHECK(limits.cpu_quota_by == "cpu.cfs_quota_us of /job");
    CHECK(limits.memory_bytes == 5000);
    CHECK(limits.tasks_left == 12U);
    // What a container does not see of the groups above, its own group knows.
    host.put("sys/fs/cgroup/memory/job/step/memory.stat",
             "cache 1\nhierarchical_memory_limit 4000\ntotal_active_file 1");
    limits = host.limits();
    CHECK(limits.memory_bytes == 4000);
    CHECK(limits.memory_by == "hierarchical_memory_limit of /job/step");
}

TEST_CASE("hybrid: a controller that version 1 does not have is version 2's", "[limits]") {
    FakeHost host;
    host.put("proc/self/cgroup", "2:cpuset:/\n1:name=systemd:/x\n0::/user.slice/run")
        .put("proc/self/mountinfo",
             "31 30 0:27 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n"
             "34 30 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw")
        .put("sys/fs/cgroup/unified/user.slice/cpu.max", "300000 100000")
        .put("sys/fs/cgroup/unified/user.slice/run/cpu.max", "max 100000");
    CHECK(host.limits().cpu_quota == 3.0);
}

TEST_CASE("a container sees its part of the tree under the mount point", "[limits]") {
    SECTION("its own group is the top") {
        FakeHost host;
        unify(host, "/docker/1f2e");
        host.put("proc/self/mountinfo", "30 23 0:26 /docker/1f2e /sys/fs/cgroup ro - cgroup2 cgroup2 rw")
            .put("sys/fs/cgroup/cpu.max", "200000 100000");
        CHECK(host.limits().cpu_quota == 2.0);
        CHECK(host.limits().cpu_quota_by == "cpu.max of /docker/1f2e");
    }
    SECTION("a group of its own below") {
        FakeHost host;
        unify(host, "/docker/1f2e/job");
        host.put("proc/self/mountinfo", "30 23 0:26 /docker/1f2e /sys/fs/cgroup ro - cgroup2 cgroup2 rw")
            .put("sys/fs/cgroup/cpu.max", "200000 100000")
            .put("sys/fs/cgroup/job/cpu.max", "100000 100000");
        CHECK(host.limits().cpu_quota == 1.0);
    }
    SECTION("a path that leads out of its namespace: the top is what can be read") {
        FakeHost host;
        unify(host, "/../../other");
        host.put("sys/fs/cgroup/cpu.max", "200000 100000").put("sys/fs/other/cpu.max", "100000 100000");
        CHECK(host.limits().cpu_quota == 2.0);
    }
    SECTION("the host's own path in a container's mount") {
        FakeHost host;
        host.put("proc/self/cgroup", "2:cpu,cpuacct:/docker/1f2e")
            .put("proc/self/mountinfo", "31 30 0:27 / /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu,cpuacct")
            .put("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "100000")
            .put("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000");
        CHECK(host.limits().cpu_quota == 1.0);
    }
    SECTION("no mountinfo: the usual places") {
        FakeHost host;
        host.put("proc/self/cgroup", "2:cpu,cpuacct:/a\n0::/")
            .put("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "100000");
        CHECK(host.limits().cpu_quota == 1.0);
    }
}

TEST_CASE("what a memory group has left: page cache can be dropped", "[limits]") {
    FakeHost host;
    unify(host, "/a/b");
    host.put("sys/fs/cgroup/a/memory.max", "10000")
        .put("sys/fs/cgroup/a/memory.current", "9000")
        .put("sys/fs/cgroup/a/memory.stat", "anon 5000\ninactive_file 3000\nactive_file 1000")
        .put("sys/fs/cgroup/a/b/memory.max", "7000")
        .put("sys/fs/cgroup/a/b/memory.current", "100");
    auto left = group_memory(host.root());
    REQUIRE(left);
    CHECK(left->total_bytes == 10000);
    CHECK(left->available_bytes == 5000);
    host.put("proc/meminfo", "MemTotal: 100 kB\nMemAvailable: 40 kB");
    CHECK(memory_left({}, host.root()).available_bytes == 5000);
    host.put("proc/meminfo", "MemTotal: 100 kB\nMemAvailable: 4 kB");
    CHECK(memory_left({}, host.root()).available_bytes == 4096);
}

TEST_CASE("ulimit -u counts the user's threads on the whole machine, and not for root", "[limits]") {
    FakeHost host;
    const std::string limits = "Max processes             30                   63423                processes";
    host.put("proc/self/limits", limits)
        .put("proc/self/status", "Name:\thlaunch\nUid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000\nThreads:\t1")
        .put("proc/self/uid_map", "         0          0 4294967295")
        .put("proc/11/status", "Name:\tpython\nUid:\t1000\t1000\t1000\t1000\nThreads:\t17")
        .put("proc/12/status", "Name:\tsshd\nUid:\t0\t0\t0\t0\nThreads:\t90");
    auto found = host.limits();
    CHECK(found.tasks_left == 13U);
    CHECK(found.tasks_by == "ulimit -u");
    host.put("proc/self/status", "Uid:\t0\t0\t0\t0\nCapEff:\t0000000000000000");
    CHECK_FALSE(host.limits().tasks_left);
    host.put("proc/self/uid_map", "0 1000 1");  // root of a namespace is no root to the kernel
    CHECK(host.limits().tasks_left == 0U);      // of the 90 threads of that number
    host.put("proc/self/uid_map", "0 0 4294967295")
        .put("proc/self/status", "Name:\tx\nUid:\t1000\t0\t0\t0\nCapEff:\t0000000001000000");
    CHECK_FALSE(host.limits().tasks_left);  // CAP_SYS_RESOURCE
    host.put("proc/self/limits", "Max processes             unlimited            unlimited            processes")
        .put("proc/self/status", "Uid:\t1000\t0\t0\t0");
    CHECK_FALSE(host.limits().tasks_left);
}

TEST_CASE("of one node the kernel's sum counts", "[memory]") {
    FakeHost host;
    host.put("proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 400 kB")
        .put("sys/devices/system/node/has_memory", "0")
        .put("sys/devices/system/node/node0/meminfo", "Node 0 MemTotal: 600 kB\nNode 0 MemFree: 10 kB");
    CHECK(read_memory(IdSet{0}, host.root()).available_bytes == 400U * 1024U);
    host.put("sys/devices/system/node/has_memory", "0-1");
    CHECK(read_memory(IdSet{0}, host.root()).available_bytes == 10U * 1024U);
}
