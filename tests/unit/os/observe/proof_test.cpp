#include "os/observe/proof.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "catch.h"
#include "os/numa/bit_mask.h"

using namespace hlaunch;

namespace {

// From Linux 6.1 in a two-node guest: a Python process under `numactl --membind=1`, cut; the huge
// page, prefer (many) and shared-memory lines from 6.1 and Documentation/filesystems/proc.rst.
constexpr std::string_view captured =
    R"(00400000 bind:1 file=/usr/bin/python3.11 mapped=3 N0=3 kernelpagesize_kB=4
00a01000 bind:1 file=/usr/bin/python3.11 anon=24 dirty=24 mapped=40 N0=16 N1=24 kernelpagesize_kB=4
01b6f000 bind:1 heap anon=312 dirty=312 N1=312 kernelpagesize_kB=4
7f1e00000000 bind:1 anon=2 dirty=2 N0=1 N1=1 kernelpagesize_kB=2048
7f1e10000000 bind:1 file=/dev/shm/psm_5a\0401b dirty=8 mapmax=2 N1=8 kernelpagesize_kB=4
7f1e20000000 prefer (many):0-1 anon=5 dirty=5 active=0 N0=5 kernelpagesize_kB=4
7f1e20001000 weighted interleave:0-1 anon=2 N0=1 N1=1 kernelpagesize_kB=4
7f1e30000000 bind:1 file=/usr/lib/locale/N7=9\040name mapped=10 active=4 N0=10 kernelpagesize_kB=4
7ffd4d5f1000 bind:1 stack anon=7 dirty=7 N1=7 kernelpagesize_kB=4
7ffd4d5fb000 default
7ffd4d5ff000 bind:1
)";

}  // namespace

TEST_CASE("numa_maps: anonymous, file and shared pages per node, in bytes") {
    const NumaMaps maps = parse_numa_maps(captured);
    constexpr std::uint64_t page = 4096;
    constexpr std::uint64_t huge = 2048 * 1024;
    CHECK(maps.policy == "bind:1");
    // Of the 40 pages of the copied file mapping 24 are anonymous: 10 and 14 in proportion.
    CHECK(maps.anonymous == BytesPerNode{{0, (10 + 5 + 1) * page + huge}, {1, (14 + 312 + 7 + 1) * page + huge}});
    CHECK(maps.file == BytesPerNode{{0, (3 + 6 + 10) * page}, {1, 10 * page}});
    CHECK(maps.shared == BytesPerNode{{1, 8 * page}});
}

TEST_CASE("numa_maps: the policy of most mappings, its name with a blank too") {
    CHECK(parse_numa_maps("1 prefer (many):0-1 anon=1 N0=1\n2 prefer (many):0-1\n3 default\n").policy ==
          "prefer (many):0-1");
    CHECK(parse_numa_maps("1 prefer:1 anon=1 N1=1\n").policy == "prefer:1");
    CHECK(parse_numa_maps("").policy.empty());
}

TEST_CASE("numa_maps: torn and hostile lines do not matter") {
    for (const std::string_view text : {"\n\n", "x", "x ", "1 bind:1 N=3 N0= Nx=1 anon=-1 N0=99999999999999999999999\n",
                                        "1 bind:1 anon=9 N0", "1 prefer"})
        CHECK(parse_numa_maps(text).anonymous.empty());
    // More anonymous pages than pages on nodes: a race inside the kernel's report.
    CHECK(parse_numa_maps("1 default file=/x anon=9 N0=2 kernelpagesize_kB=4").anonymous == BytesPerNode{{0, 8192}});
}

TEST_CASE("the proof of this very process") {
    const std::size_t bytes = 8 << 20;
    void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    std::memset(memory, 1, bytes);
    const auto self = read_process(::getpid());
    REQUIRE(self);
    const ProcessProof proof = read_proof(*self);
    CHECK(proof.comm == self->comm);
    REQUIRE(proof.affinity.size() == 1);
    CHECK(proof.affinity.front().threads == self->threads);  // under a sanitizer more than one
    CHECK(proof.affinity.front().cpus == affinity_of(0));
    CHECK(proof.resident_bytes >= bytes);
    if (!allowed_mems().empty()) {
        std::uint64_t anonymous = 0;
        for (const auto& [node, count] : proof.memory.anonymous) anonymous += count;
        CHECK(anonymous >= bytes);
        CHECK_FALSE(proof.memory.policy.empty());
    }
    ::munmap(memory, bytes);
    ProcessInfo gone;
    gone.pid = 0x3fffffff;  // above any pid_max
    CHECK(read_proofs(std::array{gone}).empty());
}
