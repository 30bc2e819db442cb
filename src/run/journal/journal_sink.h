// Where a supervisor records what it starts and how that ends: the journal of a run folder, or a test's list.
#pragma once

#include <cstdint>
#include <vector>

#include "run/journal/events.h"

namespace hlaunch {

class JournalSink {
  public:
    virtual ~JournalSink() = default;
    // On disk, with one wait for it, all or none. Throws infrastructure.
    virtual void append_all(std::vector<Event> events) = 0;
    // In the file at once, so that a kill of hlaunch loses nothing, but on disk only with the next sync(): for events
    // of which there are hundreds a second.
    virtual void append_soon(std::vector<Event> events) = 0;
    virtual void sync() = 0;
    virtual void heartbeat() = 0;  // see JournalLock
    // For "start" and "end" of one try, and its TreeSpec.
    [[nodiscard]] virtual std::uint64_t next_receipt() = 0;
};

}  // namespace hlaunch
