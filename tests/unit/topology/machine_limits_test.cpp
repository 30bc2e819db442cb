#include "topology/machine_limits.h"

#include "catch.h"
#include "topology/locality.h"

using namespace hlaunch;

namespace {

constexpr std::uint64_t one_gib = 1ULL << 30U;

// nodes x cores x PUs; the second PU of each core comes after all first ones, as Linux numbers them.
Machine made_machine(unsigned nodes, unsigned cores, unsigned pus) {
    Machine machine;
    const unsigned all = nodes * cores;
    for (unsigned n = 0; n < nodes; ++n) {
        NumaNode node;
        node.os_index = n;
        node.memory_bytes = 8 * one_gib;
        for (unsigned c = n * cores; c < (n + 1) * cores; ++c) {
            Core core;
            for (unsigned t = 0; t < pus; ++t) core.cpus.insert(t * all + c);
            node.cpus = node.cpus | core.cpus;
            machine.cores.push_back(core);
        }
        machine.cpus = machine.cpus | node.cpus;
        machine.allowed_mems.insert(n);
        machine.numa_nodes.push_back(node);
    }
    machine.cpuset_cpus = machine.allowed_cpus = machine.cpus;
    return machine;
}

std::string left_by(double quota, Machine machine, unsigned seed = 0) {
    machine.limits.cpu_quota = quota;
    machine.limits.quota_seed = seed;
    const auto before = machine.allowed_cpus;
    cut_to_quota(machine);
    CHECK((machine.allowed_cpus | machine.unpaid_cpus) == before);
    CHECK_FALSE(machine.allowed_cpus.intersects(machine.unpaid_cpus));
    return machine.allowed_cpus.str();
}

bool says(const std::vector<std::string>& lines, std::string_view text) {
    for (const auto& line : lines)
        if (line.find(text) != std::string::npos) return true;
    return false;
}

}  // namespace

TEST_CASE("as many CPUs as the quota pays for whole, at least one", "[limits]") {
    CHECK(left_by(0.0, made_machine(1, 4, 1)) == "0-3");
    CHECK(left_by(0.1, made_machine(1, 4, 1)) == "0");
    CHECK(left_by(1.0, made_machine(1, 4, 1)) == "0");
    CHECK(left_by(1.9, made_machine(1, 4, 1)) == "0");
    CHECK(left_by(1.9999, made_machine(1, 4, 1)) == "0-1");  // 199990 of 100000: somebody's rounding
    CHECK(left_by(3.5, made_machine(1, 4, 1)) == "0-2");
    CHECK(left_by(4.0, made_machine(1, 4, 1)) == "0-3");
    CHECK(left_by(1e12, made_machine(1, 4, 1)) == "0-3");
}

TEST_CASE("each CPU a core of its own as long as there are cores", "[limits]") {
    CHECK(left_by(2.0, made_machine(1, 4, 2)) == "0-1");
    CHECK(left_by(4.0, made_machine(1, 4, 2)) == "0-3");
    CHECK(left_by(6.0, made_machine(1, 4, 2)) == "0-5");
}

TEST_CASE("one NUMA node where it is enough, else both alike", "[limits]") {
    CHECK(left_by(4.0, made_machine(2, 4, 1)) == "0-3");
    CHECK(left_by(6.0, made_machine(2, 4, 1)) == "0-2,4-6");
    // The affinity has left one core of the first node.
    auto machine = made_machine(2, 4, 1);
    machine.allowed_cpus = IdSet::parse("3-7");
    CHECK(left_by(3.0, machine) == "4-6");
    CHECK(left_by(4.0, machine) == "4-7");
    CHECK(left_by(5.0, machine) == "3-7");
}

TEST_CASE("two under quotas alike have the same CPUs or none in common", "[limits]") {
    CHECK(left_by(2.0, made_machine(1, 8, 1), 1) == "2-3");
    CHECK(left_by(2.0, made_machine(1, 8, 1), 3) == "6-7");
    CHECK(left_by(3.0, made_machine(1, 8, 1), 1) == "3-5");
    CHECK(left_by(3.0, made_machine(1, 8, 1), 2) == "0-2");
    CHECK(left_by(2.0, made_machine(2, 4, 1), 1) == "6-7");
    for (unsigned seed = 0; seed < 50; ++seed)
        CHECK_FALSE(left_by(5.0, made_machine(2, 4, 2), seed * 2654435761U).empty());
}

TEST_CASE("a machine without NUMA objects and cores", "[limits]") {
    Machine machine;
    machine.cpus = machine.cpuset_cpus = machine.allowed_cpus = IdSet::parse("0-3");
    CHECK(left_by(2.0, machine) == "0-1");
}

TEST_CASE("memory that no node counts", "[limits]") {
    auto one = made_machine(1, 2, 1);
    count_memory(one, 20 * one_gib);
    CHECK(one.numa_nodes.front().memory_bytes == 20 * one_gib);
    CHECK(one.uncounted_bytes == 0);
    CHECK(limit_warnings(one).empty());
    count_memory(one, 4 * one_gib);  // less than the node says: it stays
    CHECK(one.numa_nodes.front().memory_bytes == 20 * one_gib);

    auto two = made_machine(2, 2, 1);
    count_memory(two, 16 * one_gib + one_gib / 2);  // what the kernel keeps for itself
    CHECK(two.uncounted_bytes == 0);
    count_memory(two, 24 * one_gib);
    CHECK(two.uncounted_bytes == 8 * one_gib);
    CHECK(says(limit_warnings(two), "8.0 GiB of 24.0 GiB memory belong to no NUMA node"));

    auto unknown = made_machine(2, 2, 1);
    for (auto& node : unknown.numa_nodes) node.memory_bytes = 0;
    count_memory(unknown, 24 * one_gib);
    CHECK(unknown.uncounted_bytes == 0);
}

TEST_CASE("limits are told, and only those that change something", "[limits]") {
    auto machine = made_machine(2, 2, 1);
    CHECK(limit_reasons(machine).empty());
    machine.limits.memory_bytes = 16 * one_gib;
    CHECK(limit_reasons(machine).empty());
    machine.limits.memory_bytes = 6 * one_gib;
    machine.limits.memory_by = "memory.max of /job";
    CHECK(says(limit_reasons(machine), "memory limit of 6.0 GiB (memory.max of /job)"));
    machine.limits.cpu_quota = 1.5;
    machine.limits.cpu_quota_by = "cpu.max of /job";
    cut_to_quota(machine);
    CHECK(says(limit_reasons(machine), "CPU quota of 1.5 CPUs (cpu.max of /job): of 4 CPUs one is planned with"));
    machine.limits.memory_policy = false;
    CHECK(says(limit_warnings(machine), "only CPUs are bound"));
    machine.allowed_mems = IdSet{0};
    CHECK(says(limit_warnings(machine), "of no consequence with one NUMA node"));
}
