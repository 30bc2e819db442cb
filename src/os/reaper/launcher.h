// Starting and ending process trees, one at a time in each slot, behind an interface: the real one asks a reaper
// process a slot (reaper_launcher.h), tests inject failures.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "os/process/process_tree.h"
#include "os/spawn/child.h"

namespace hlaunch {

// A tree to start. What it leaves behind is known by these names.
struct TreeSpec {
    ChildSpec child;
    Grace grace;                // between the signals of a stop, also of one that nobody can ask for any more
    std::string marker;         // "HLAUNCH_INSTANCE=...", in child.env too: finds descendants that detached themselves
    std::uint64_t receipt = 0;  // under which its end is written down (receipts.h); 0: it is not
    std::string shm_prefix;     // entries of /dev/shm to remove after its end; empty: none are known
    std::string temporary_folder;  // made for it and removed after its end; empty: none
};

struct TreeEvent {
    enum class Kind {
        started,       // the program runs: pid
        start_failed,  // no process is left: why, one line with the remedy
        ended,         // the whole tree has: status of its root
        lost           // whoever held the tree died; what may be left of it has been sent SIGKILL
    };
    Kind kind = Kind::ended;
    unsigned slot = 0;
    pid_t pid = -1;
    pid_t reaper = -1;  // the nearest subreaper: orphans of the tree are its children
    ExitStatus status;
    std::string why;
    StartBlame blame = StartBlame::machine;  // of a failed start
    double cpu_seconds = 0.0;                // of root and all reaped descendants
    std::uint64_t peak_resident_bytes = 0;   // of the largest single process among them (ru_maxrss)
    unsigned left_behind = 0;                // descendants that outlived the root and were ended
    unsigned survivors = 0;                  // that not even SIGKILL ended
    unsigned shared_memory_removed = 0;
};

class Launcher {
  public:
    virtual ~Launcher() = default;
    // The slot is free: its last tree has ended, failed or been lost. What comes of it is an event.
    virtual void start(unsigned slot, const TreeSpec& spec) = 0;
    virtual void stop(unsigned slot) = 0;  // INT, TERM, KILL by its grace; again: nothing more
    virtual void kill(unsigned slot) = 0;  // SIGKILL at once
    // Readable (poll) when events() has something.
    [[nodiscard]] virtual std::vector<int> descriptors() const = 0;
    [[nodiscard]] virtual std::vector<TreeEvent> events() = 0;
};

}  // namespace hlaunch
