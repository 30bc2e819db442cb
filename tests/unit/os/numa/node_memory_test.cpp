#include "os/numa/node_memory.h"

#include "catch.h"
#include "os/files/file.h"
#include "support/temporary_folder.h"

using namespace hlaunch;

namespace {
constexpr const char* node =
    "Node 0 MemTotal:       24576 kB\nNode 0 MemFree:        1024 kB\nNode 0 Active(file):   100 kB\n"
    "Node 0 Inactive(file): 200 kB\nNode 0 SReclaimable:   10 kB\nNode 0 KReclaimable:   99 kB\n";
}

TEST_CASE("a node's memory that can be had is free or droppable", "[memory]") {
    const auto state = parse_node_memory(node);
    CHECK(state.total_bytes == 24576U * 1024U);
    CHECK(state.available_bytes == 1334U * 1024U);
    CHECK(parse_node_memory("").total_bytes == 0);
    CHECK(parse_node_memory("Node 0 MemTotal:").total_bytes == 0);
}

TEST_CASE("nodes are added up; without them the machine is read", "[memory]") {
    const TemporaryFolder folder;
    const auto root = folder.path();
    for (const char* name : {"node0", "node1"}) {
        ensure_directory(root / "sys/devices/system/node" / name);
        write_atomically(root / "sys/devices/system/node" / name / "meminfo", node);
    }
    ensure_directory(root / "proc");
    write_atomically(root / "proc/meminfo", "MemTotal: 100 kB\nMemAvailable: 40 kB\n");
    CHECK(read_memory(IdSet::parse("0-1"), root).total_bytes == 2U * 24576U * 1024U);
    CHECK(read_memory(IdSet::parse("0,7"), root).available_bytes == 40U * 1024U);
    CHECK(read_memory({}, root).total_bytes == 100U * 1024U);
}
