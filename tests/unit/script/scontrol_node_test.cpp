#include "script/scontrol_node.h"

#include "base/error.h"
#include "catch.h"

using namespace hlaunch;

TEST_CASE("a node as scontrol shows it becomes a topology") {
    const char* text =
        "NodeName=n1 Arch=x86_64 CoresPerSocket=16 \n"
        "   CPUAlloc=0 CPUEfctv=64 CPUTot=64 CPULoad=0.1\n"
        "   RealMemory=256000 AllocMem=0 FreeMem=1 Sockets=2 Boards=1\n"
        "   MemSpecLimit=2048\n"
        "   State=IDLE ThreadsPerCore=2 TmpDisk=0 Weight=1\n";
    CHECK(topology_of_node(text) == "pack:2 [numa(memory=133143986176)] core:16 pu:2");
    CHECK_THROWS_WITH(topology_of_node("Node x not found"), contains_text("tells no Sockets"));
    CHECK_THROWS_AS(topology_of_node("Sockets=0 CoresPerSocket=1 ThreadsPerCore=1 RealMemory=1"), Error);
    CHECK_THROWS_AS(topology_of_node("Sockets=99999 CoresPerSocket=9999 ThreadsPerCore=9 RealMemory=1"), Error);
    CHECK_THROWS_AS(topology_of_node("XSockets=2 CoresPerSocket=1 ThreadsPerCore=1 RealMemory=1"), Error);
}
