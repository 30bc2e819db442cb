#include "run/watch/memory_watch.h"

#include <fmt/format.h>

#include <utility>

#include "base/text/quantity.h"

namespace hlaunch {

MemoryWatch::MemoryWatch(std::vector<IdSet> nodes_by_slot, Reader reader) : reader_(std::move(reader)) {
    for (auto& nodes : nodes_by_slot) slots_.push_back({.nodes = std::move(nodes), .guard = {}, .held = false});
}

std::vector<std::string> MemoryWatch::look(TaskStates& states, bool held_all,
                                           const std::function<std::string(unsigned task)>& label) {
    std::vector<std::string> news;
    const IdSet* read = nullptr;
    MemoryState memory;
    for (unsigned number = 0; number < slots_.size(); ++number) {
        auto& slot = slots_[number];
        // Slots next to each other mostly share their nodes.
        if (read == nullptr || *read != slot.nodes) memory = reader_(slot.nodes);
        read = &slot.nodes;
        const auto advice = slot.guard.advise(memory.available_bytes, memory.total_bytes, states.running());
        const auto left =
            fmt::format("{} of {} memory left", format_bytes(memory.available_bytes), format_bytes(memory.total_bytes));
        const bool was_held = std::exchange(slot.held, advice != MemoryAdvice::go_on);
        states.hold(number, slot.held || held_all);
        if (slot.held && !was_held && states.waiting() > 0)
            news.push_back(
                fmt::format("hlaunch: warning: {} for slot {}: nothing more is started there", left, number));
        const auto newest = states.newest_running();
        if (advice != MemoryAdvice::stop_newest || !newest || states.slot(*newest) != number) continue;
        news.push_back(
            fmt::format("hlaunch: warning: {}: {} is stopped before the kernel chooses one", left, label(*newest)));
        states.stop(*newest, StopReason::memory);
    }
    return news;
}

}  // namespace hlaunch
