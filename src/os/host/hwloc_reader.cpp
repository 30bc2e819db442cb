#include "os/host/hwloc_reader.h"

#include <hwloc.h>
#include <hwloc/distances.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <utility>

#include "base/error.h"
#include "base/text/printable.h"
#include "os/host/kernel_limits.h"
#include "os/host/topology_source.h"
#include "os/numa/node_memory.h"
#include "topology/machine_limits.h"

namespace hlaunch {
namespace {

// hwloc reads its variables only while it loads; children inherit our environment, so they are put back. None of the
// user's counts: launchers set some for the programs of a job (HWLOC_XMLFILE), and what is to be planned for another
// machine says so with --topology.
class OwnHwlocVariables {
  public:
    OwnHwlocVariables() {
        for (char** entry = environ; *entry != nullptr; ++entry)
            if (const std::string_view line(*entry); line.starts_with("HWLOC_") && line.find('=') != line.npos)
                theirs_.emplace_back(line.substr(0, line.find('=')), line.substr(line.find('=') + 1));
        for (const auto& [name, value] : theirs_) unsetenv(name.c_str());
        for (const auto& [name, value] : ours) setenv(name, value, 1);
    }
    ~OwnHwlocVariables() {
        for (const auto& [name, value] : ours) unsetenv(name);
        for (const auto& [name, value] : theirs_) setenv(name.c_str(), value.c_str(), 1);
    }
    OwnHwlocVariables(const OwnHwlocVariables&) = delete;
    OwnHwlocVariables& operator=(const OwnHwlocVariables&) = delete;

  private:
    // 2: the critical errors too, we say them ourselves. No plugin is needed for CPUs and memory; loading the GPU ones
    // costs time and may print.
    static constexpr std::array<std::pair<const char*, const char*>, 2> ours{
        {{"HWLOC_HIDE_ERRORS", "2"}, {"HWLOC_PLUGINS_PATH", "/nonexistent"}}};
    std::vector<std::pair<std::string, std::string>> theirs_;
};

struct TopologyDelete {
    void operator()(hwloc_topology_t topology) const { hwloc_topology_destroy(topology); }
};
using Topology = std::unique_ptr<hwloc_topology, TopologyDelete>;

Topology make_topology() {
    hwloc_topology_t raw = nullptr;
    if (hwloc_topology_init(&raw) != 0)
        throw infrastructure_error("cannot start hwloc: {}; check its installation", std::strerror(errno));
    Topology topology(raw);
    // Disallowed CPUs stay, so that a node over all CPUs is told from one beside the allowed ones.
    hwloc_topology_set_flags(raw, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
    hwloc_topology_set_io_types_filter(raw, HWLOC_TYPE_FILTER_KEEP_NONE);
    hwloc_topology_set_icache_types_filter(raw, HWLOC_TYPE_FILTER_KEEP_NONE);
    for (const auto type : {HWLOC_OBJ_MISC, HWLOC_OBJ_L1CACHE, HWLOC_OBJ_L2CACHE})
        hwloc_topology_set_type_filter(raw, type, HWLOC_TYPE_FILTER_KEEP_NONE);
    return topology;
}

bool load(const Topology& topology) {
    const OwnHwlocVariables variables;
    return hwloc_topology_load(topology.get()) == 0;
}

bool load_xml(const Topology& topology, const std::string& xml) {
    const auto bytes = static_cast<int>(xml.size() + 1);  // the source is below 64 MiB
    return hwloc_topology_set_xmlbuffer(topology.get(), xml.c_str(), bytes) == 0 && load(topology);
}

IdSet to_ids(hwloc_const_bitmap_t bitmap) {
    IdSet out;
    if (!bitmap) return out;
    for (int id = hwloc_bitmap_first(bitmap); id >= 0 && static_cast<unsigned>(id) <= IdSet::max_id;
         id = hwloc_bitmap_next(bitmap, id))
        out.insert(static_cast<unsigned>(id));
    return out;
}

template <class Visit>
void for_each(const Topology& topology, hwloc_obj_type_t type, Visit visit) {
    for (hwloc_obj_t obj = nullptr; (obj = hwloc_get_next_obj_by_type(topology.get(), type, obj));) visit(obj);
}

std::string info(hwloc_obj_t obj, const char* name) {
    const char* value = hwloc_obj_get_info_by_name(obj, name);
    return value ? printable(value) : "";  // a file's word, on its way to a terminal
}

NumaNode to_node(hwloc_obj_t obj, const IdSet& allowed) {
    NumaNode node;
    node.os_index = obj->os_index;
    node.cpus = to_ids(obj->cpuset);
    node.memory_bytes = obj->attr->numanode.local_memory;
    node.allowed = allowed.contains(obj->os_index);
    if (obj->subtype) node.subtype = printable(obj->subtype);
    if (node.subtype.empty()) node.subtype = info(obj, "DAXType");  // "NVM" or "SPM": added memory
    return node;
}

std::vector<unsigned> read_distances(const Topology& topology, std::size_t nodes) {
    unsigned count = 1;
    hwloc_distances_s* found = nullptr;
    if (hwloc_distances_get_by_name(topology.get(), "NUMALatency", &count, &found, 0) != 0 || count == 0) return {};
    std::vector<unsigned> out;
    bool in_order = found->nbobjs == nodes;
    for (unsigned i = 0; in_order && i < found->nbobjs; ++i)
        in_order = found->objs[i] && found->objs[i]->type == HWLOC_OBJ_NUMANODE && found->objs[i]->logical_index == i;
    for (std::size_t i = 0; in_order && i < nodes * nodes; ++i) out.push_back(static_cast<unsigned>(found->values[i]));
    hwloc_distances_release(topology.get(), found);
    return out;
}

Machine to_machine(const Topology& topology) {
    Machine machine;
    machine.cpus = to_ids(hwloc_topology_get_topology_cpuset(topology.get()));
    machine.cpuset_cpus = to_ids(hwloc_topology_get_allowed_cpuset(topology.get()));
    machine.allowed_mems = to_ids(hwloc_topology_get_allowed_nodeset(topology.get()));
    for_each(topology, HWLOC_OBJ_PACKAGE, [&](hwloc_obj_t obj) {
        machine.packages.push_back({obj->os_index, to_ids(obj->cpuset)});
        if (machine.cpu_model.empty()) machine.cpu_model = info(obj, "CPUModel");
    });
    for_each(topology, HWLOC_OBJ_NUMANODE,
             [&](hwloc_obj_t obj) { machine.numa_nodes.push_back(to_node(obj, machine.allowed_mems)); });
    for_each(topology, HWLOC_OBJ_L3CACHE, [&](hwloc_obj_t obj) {
        machine.l3.push_back(to_ids(obj->cpuset));
        machine.l3_bytes = obj->attr->cache.size;
    });
    for_each(topology, HWLOC_OBJ_CORE, [&](hwloc_obj_t obj) { machine.cores.push_back({to_ids(obj->cpuset)}); });
    machine.numa_distances = read_distances(topology, machine.numa_nodes.size());
    machine.allowed_cpus = machine.cpuset_cpus;
    return machine;
}

// glibc's cpu_set_t ends at 1024 CPUs; the kernel refuses a mask smaller than its own, so grow
// until it fits.
IdSet read_affinity() {
    for (std::size_t bits = 1024; bits <= IdSet::max_id; bits *= 2) {
        const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> mask(CPU_ALLOC(bits), [](cpu_set_t* m) { CPU_FREE(m); });
        const auto bytes = CPU_ALLOC_SIZE(bits);
        CPU_ZERO_S(bytes, mask.get());
        if (sched_getaffinity(0, bytes, mask.get()) == 0) {
            IdSet out;
            for (std::size_t cpu = 0; cpu < bits; ++cpu)
                if (CPU_ISSET_S(cpu, bytes, mask.get())) out.insert(static_cast<unsigned>(cpu));
            return out;
        }
        if (errno != EINVAL) break;
    }
    throw infrastructure_error("cannot read this process's CPU affinity: {}", std::strerror(errno));
}

// hwloc looks into the cgroup file system, which a container may not show; the kernel's own word
// counts.
IdSet read_mems_allowed(const IdSet& otherwise) {
    std::ifstream status("/proc/self/status");
    constexpr std::string_view key = "Mems_allowed_list:";
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(key)) return IdSet::parse(std::string_view(line).substr(key.size()));
    return otherwise;
}

// Nodes the kernel gives no CPUs (HBM, CXL) lie beside one that has some. Only asked where it
// matters.
void mark_cpuless(Machine& machine) {
    std::ifstream file("/sys/devices/system/node/has_cpu");
    std::string list;
    if (!std::getline(file, list)) return;
    const auto with_cpus = IdSet::parse(list);
    for (auto& node : machine.numa_nodes) node.cpuless = !with_cpus.contains(node.os_index);
}

void cut_to_process(Machine& machine) {
    machine.allowed_cpus = machine.cpuset_cpus & read_affinity();
    machine.allowed_mems = machine.allowed_mems & read_mems_allowed(machine.allowed_mems);
    for (auto& node : machine.numa_nodes) node.allowed = machine.allowed_mems.contains(node.os_index);
    if (machine.numa_nodes.size() > 1) mark_cpuless(machine);
}

std::string host_name() {
    std::string name(256, '\0');
    if (gethostname(name.data(), name.size() - 1) != 0) return "this machine";
    return name.c_str();
}

// FNV-1a: the same at each start.
unsigned seed_of(std::string_view text) {
    std::uint32_t hash = 0x811c9dc5U;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193U;
    return hash;
}

}  // namespace

Machine read_machine() {
    const auto topology = make_topology();
    // Linux's sysfs tells all we use; the x86 component would visit every CPU to ask it again.
    hwloc_topology_set_components(topology.get(), HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST, "x86");
    if (!load(topology))
        throw infrastructure_error("hwloc cannot read this machine's topology: {}; check /sys", std::strerror(errno));
    auto machine = to_machine(topology);
    machine.name = host_name();
    cut_to_process(machine);
    count_memory(machine, read_memory({}).total_bytes);
    machine.limits.memory_policy = memory_policy_allowed();
    return machine;
}

Machine read_limited_machine() {
    auto machine = read_machine();
    const bool memory_policy = machine.limits.memory_policy;
    machine.limits = read_limits();
    machine.limits.memory_policy = memory_policy;
    machine.limits.quota_seed = seed_of(machine.name + machine.limits.cpu_quota_by);
    cut_to_quota(machine);
    return machine;
}

Machine read_foreign_machine(const std::string& xml_path_or_synthetic) {
    const auto source = read_topology_source(xml_path_or_synthetic);
    auto topology = make_topology();
    std::string read_as;
    if (!source.xml.empty()) {
        if (!load_xml(topology, source.xml)) {
            const auto newer = newer_than_2(source.xml);
            if (!newer)
                throw usage_error("--topology: '{}' is no hwloc XML; write one with: lstopo X.xml", source.name);
            topology = make_topology();
            if (!load_xml(topology, newer->as_version_2))
                throw usage_error(
                    "--topology: '{}' is of hwloc {}, too new for the hwloc here; write it with: lstopo "
                    "--export-xml-flags v2 X.xml",
                    source.name, newer->version);
            read_as = fmt::format(" (of hwloc {}, too new: read as 2.0)", newer->version);
        }
    } else if (hwloc_topology_set_synthetic(topology.get(), source.synthetic.c_str()) != 0 || !load(topology)) {
        throw usage_error(
            "--topology: '{}' is neither a file nor a synthetic topology such as "
            "'pack:2 [numa] core:16 pu:2'",
            source.name);
    }
    auto machine = to_machine(topology);
    // Where the text names none, hwloc up to 2.9 leaves memory out and later ones make up 1 GiB a node: it is unknown.
    if (source.xml.empty() && source.synthetic.find("memory") == std::string::npos)
        for (auto& node : machine.numa_nodes) node.memory_bytes = 0;
    machine.foreign = true;
    machine.name = source.name + read_as;
    if (machine.cpus.empty()) throw usage_error("--topology: '{}' holds no CPU", source.name);
    return machine;
}

}  // namespace hlaunch
