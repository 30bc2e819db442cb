// Binding of this process to CPUs and memory nodes, made to happen between fork and exec.
#pragma once

#include <string>

#include "base/error.h"
#include "base/id_set.h"
#include "os/numa/bit_mask.h"
#include "topology/mem_policy.h"

namespace hlaunch {

// All OS indices. No cpus: affinity untouched. No mems: memory policy untouched, unless policy is
// local. local takes no nodes (mems is then only what the plan hopes for); preferred takes one.
struct Binding {
    IdSet cpus;
    IdSet mems;
    MemPolicy policy = MemPolicy::bind;
};

enum class BindStage : int {
    none,
    set_affinity,
    read_affinity,
    compare_affinity,
    set_policy,
    read_policy,
    compare_policy
};

struct BindOutcome {
    BindStage failed = BindStage::none;
    int error = 0;  // errno
    [[nodiscard]] bool ok() const noexcept { return failed == BindStage::none; }
};

class PreparedBinding {
  public:
    // Allocates all masks. Throws an infrastructure Error when the CPUs are not all in this
    // process's affinity, or the nodes not in Mems_allowed; a usage Error on contradictory
    // requests.
    explicit PreparedBinding(const Binding& binding);

    // Binds the calling thread and reads everything back: a cpuset can shrink a mask without an
    // error. Async-signal-safe; to be called once.
    [[nodiscard]] BindOutcome apply() noexcept;

    // One line with the remedy, for an outcome of apply() (also one that came through a pipe).
    [[nodiscard]] Error explain(const BindOutcome& outcome) const;

  private:
    [[nodiscard]] BindOutcome apply_cpus() noexcept;
    [[nodiscard]] BindOutcome apply_policy() noexcept;

    Binding binding_;
    BitMask cpus_, cpus_seen_;
    BitMask mems_, mems_seen_, first_mem_;
};

}  // namespace hlaunch
