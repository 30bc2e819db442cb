#include "script/scheduler/scontrol_node.h"

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
    CHECK(node_of_scontrol(text).topology == "pack:2 [numa(memory=133143986176)] core:16 pu:2");
    CHECK_THROWS_WITH(node_of_scontrol("Node x not found"), contains_text("tells no Sockets"));
    CHECK_THROWS_AS(node_of_scontrol("Sockets=0 CoresPerSocket=1 ThreadsPerCore=1 RealMemory=1"), Error);
    CHECK_THROWS_AS(node_of_scontrol("Sockets=99999 CoresPerSocket=9999 ThreadsPerCore=9 RealMemory=1"), Error);
    CHECK_THROWS_AS(node_of_scontrol("XSockets=2 CoresPerSocket=1 ThreadsPerCore=1 RealMemory=1"), Error);
}

TEST_CASE("cores that Slurm keeps for itself cannot be asked for") {
    const std::string node = "CoresPerSocket=2 Sockets=2 ThreadsPerCore=1 RealMemory=1000 ";
    CHECK(node_of_scontrol(node + "CPUEfctv=3 CPUTot=4 CoreSpecCount=1").most_cpus == 3);
    CHECK(node_of_scontrol(node + "CPUTot=4 CoreSpecCount=1").most_cpus == 3);  // before 22.05
    CHECK(node_of_scontrol(node + "CPUTot=4").most_cpus == 4);
    CHECK(node_of_scontrol(node).most_cpus == 0);
    const std::string threads = "CoresPerSocket=2 Sockets=2 ThreadsPerCore=2 RealMemory=1000 ";
    CHECK(node_of_scontrol(threads + "CPUEfctv=4 CPUTot=4").most_cpus == 4);  // a CPU is a core there
    CHECK(node_of_scontrol(threads + "CPUTot=8 CoreSpecCount=1").most_cpus == 6);
}
