#include "os/numa/binding.h"

#include <numaif.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace hlaunch {
namespace {

// Kernel ABI; libnuma 2.0.16's header does not have all of them.
constexpr int mpol_local = 4;
constexpr int mpol_preferred_many = 5;
// libnuma's wrappers of these calls do the same, but loading libnuma runs a constructor that reads
// all of /sys/devices/system/node: each `hlaunch exec` would pay for it.
long set_policy(int mode, const BitMask* nodes) noexcept {
    // The kernel takes maxnode as one more than the bits it reads; the last bit of our masks is
    // never used.
    return ::syscall(SYS_set_mempolicy, mode, nodes ? nodes->data() : nullptr, nodes ? nodes->bits() : 0);
}
long get_policy(int& mode, BitMask& nodes) noexcept {
    return ::syscall(SYS_get_mempolicy, &mode, nodes.data(), nodes.bits(), nullptr, 0);
}

constexpr std::size_t min_bits = 4096;  // more than any kernel's NR_CPUS and MAX_NUMNODES in use

int kernel_mode(MemPolicy policy) {
    switch (policy) {
        case MemPolicy::bind:
            return MPOL_BIND;
        case MemPolicy::preferred:
            return MPOL_PREFERRED;
        case MemPolicy::preferred_many:
            return mpol_preferred_many;
        case MemPolicy::interleave:
            return MPOL_INTERLEAVE;
        case MemPolicy::local:
            break;
    }
    return mpol_local;
}

void check(const Binding& binding) {
    if (const IdSet allowed = affinity_of(0); !allowed.includes(binding.cpus))
        throw infrastructure_error(
            "binding to CPUs {} is impossible: CPUs {} are not among the {} this process may use "
            "(taskset, cpuset or job allocation); choose from those",
            binding.cpus.str(), (binding.cpus - allowed).str(), allowed.str());
    if (binding.mems.empty() || binding.policy == MemPolicy::local) return;
    if (binding.policy == MemPolicy::preferred && binding.mems.size() != 1)
        throw usage_error("memory policy preferred takes one NUMA node, not {}; use preferred-many",
                          binding.mems.str());
    if (const IdSet allowed = allowed_mems(); !allowed.includes(binding.mems))
        throw infrastructure_error(
            "binding to NUMA nodes {} is impossible: nodes {} are not among the {} this process "
            "may "
            "use (Mems_allowed); choose from those",
            binding.mems.str(), (binding.mems - allowed).str(), allowed.empty() ? "none" : allowed.str());
}

}  // namespace

PreparedBinding::PreparedBinding(const Binding& binding)
    : binding_(binding),
      cpus_(min_bits, binding.cpus),
      cpus_seen_(cpus_.bits()),
      mems_(min_bits, binding.mems),
      mems_seen_(mems_.bits()),
      first_mem_(min_bits, binding.mems.empty() ? IdSet{} : IdSet{binding.mems.front()}) {
    check(binding_);
}

BindOutcome PreparedBinding::apply() noexcept {
    const BindOutcome cpus = apply_cpus();
    return cpus.ok() ? apply_policy() : cpus;
}

BindOutcome PreparedBinding::apply_cpus() noexcept {
    if (binding_.cpus.empty()) return {};
    if (::sched_setaffinity(0, cpus_.bytes(), reinterpret_cast<const cpu_set_t*>(cpus_.data())) != 0)
        return {BindStage::set_affinity, errno};
    cpus_seen_.clear();
    if (::sched_getaffinity(0, cpus_seen_.bytes(), reinterpret_cast<cpu_set_t*>(cpus_seen_.data())) != 0)
        return {BindStage::read_affinity, errno};
    if (!cpus_seen_.equals(cpus_)) return {BindStage::compare_affinity, EINVAL};
    return {};
}

BindOutcome PreparedBinding::apply_policy() noexcept {
    if (binding_.policy == MemPolicy::local) {
        // Local is what the kernel does anyway, so a container that denies the call does no harm.
        if (set_policy(mpol_local, nullptr) != 0 && errno != EPERM && errno != ENOSYS)
            return {BindStage::set_policy, errno};
        return {};
    }
    if (binding_.mems.empty()) return {};
    int wanted = kernel_mode(binding_.policy);
    const BitMask* mask = &mems_;
    if (set_policy(wanted, mask) != 0) {
        const int error = errno;
        if (error != EINVAL || wanted != mpol_preferred_many) return {BindStage::set_policy, error};
        wanted = MPOL_PREFERRED;  // Linux before 5.15 has no preferred-many: the first node is the
                                  // nearest to it
        mask = &first_mem_;
        if (set_policy(wanted, mask) != 0) return {BindStage::set_policy, error};
    }
    int mode = -1;
    mems_seen_.clear();
    if (get_policy(mode, mems_seen_) != 0) {
        // A filter that lets the policy be set and not read: the kernel took it without an error.
        if (errno == EPERM || errno == ENOSYS) return {};
        return {BindStage::read_policy, errno};
    }
    if (mode != wanted || !mems_seen_.equals(*mask)) return {BindStage::compare_policy, EINVAL};
    return {};
}

Error PreparedBinding::explain(const BindOutcome& outcome) const {
    const char* why = std::strerror(outcome.error);
    switch (outcome.failed) {
        case BindStage::set_affinity:
        case BindStage::read_affinity:
            if (outcome.error == EPERM || outcome.error == ENOSYS)
                return infrastructure_error(
                    "binding to CPUs {} is impossible: {} (a container's seccomp filter); start it with a seccomp "
                    "profile that allows sched_setaffinity",
                    binding_.cpus.str(), why);
            return infrastructure_error(
                "binding to CPUs {} is impossible: {}; check that they are online and in the "
                "cpuset",
                binding_.cpus.str(), why);
        case BindStage::compare_affinity:
            return infrastructure_error(
                "binding to CPUs {} is impossible: the kernel granted other CPUs, since a cpuset "
                "or an "
                "offline CPU took some away; choose CPUs inside the cpuset",
                binding_.cpus.str());
        case BindStage::set_policy:
        case BindStage::read_policy:
            if (outcome.error == EPERM)
                return infrastructure_error(
                    "setting memory policy {} on NUMA nodes {} is impossible: {} (a container's "
                    "seccomp "
                    "filter); start it with --cap-add SYS_NICE or a seccomp profile that allows "
                    "set_mempolicy",
                    to_string(binding_.policy), binding_.mems.str(), why);
            if (outcome.error == ENOSYS)
                return infrastructure_error(
                    "setting memory policy {} on NUMA nodes {} is impossible: this kernel has no "
                    "NUMA support; leave the nodes out",
                    to_string(binding_.policy), binding_.mems.str());
            return infrastructure_error(
                "setting memory policy {} on NUMA nodes {} is impossible: {}; check that the nodes "
                "have "
                "memory (numactl --hardware)",
                to_string(binding_.policy), binding_.mems.str(), why);
        case BindStage::compare_policy:
            return infrastructure_error(
                "setting memory policy {} on NUMA nodes {} is impossible: the kernel granted other "
                "nodes, "
                "since a cpuset took some away; choose nodes inside Mems_allowed",
                to_string(binding_.policy), binding_.mems.str());
        case BindStage::none:
            break;
    }
    return infrastructure_error("binding failed: {}", why);
}

}  // namespace hlaunch
