// Looks after the memory of each slot's NUMA nodes, by the rules of MemoryGuard.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/id_set.h"
#include "os/numa/node_memory.h"
#include "run/states/guards.h"
#include "run/states/task_states.h"

namespace hlaunch {

class MemoryWatch {
  public:
    using Reader = std::function<MemoryState(const IdSet& nodes)>;
    MemoryWatch(std::vector<IdSet> nodes_by_slot, Reader reader);

    // Holds slots whose memory is short, beside what held_all says of all of them, and stops the newest task before the
    // kernel chooses one. label: of a task. Returns what is to be told, a line each, mostly nothing.
    [[nodiscard]] std::vector<std::string> look(TaskStates& states, bool held_all,
                                                const std::function<std::string(unsigned task)>& label);

  private:
    struct Slot {
        IdSet nodes;
        MemoryGuard guard;
        bool held = false;
    };
    std::vector<Slot> slots_;
    Reader reader_;
};

}  // namespace hlaunch
