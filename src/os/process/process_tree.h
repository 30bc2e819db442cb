// All processes an instance has started, however they detached themselves; and their end.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "os/process/process_info.h"

namespace hlaunch {

// From now on orphans below us become our children, not init's, so that they can be found and
// reaped. Throws infrastructure. Process-wide; a supervisor calls it once at its start.
void become_subreaper();

// A member is: the root; a child of a member; a process in a session that a member leads or led; a
// process seen as a member before, whoever its parent is now; an orphan (child of ours or of init)
// whose environment holds the marker "NAME=value". Identified by pid AND start time, so a reused
// pid never becomes a member.
class ProcessTree {
  public:
    explicit ProcessTree(pid_t root, std::string environment_marker = {});

    void refresh();  // reads /proc
    void refresh(const std::vector<ProcessInfo>& all,
                 pid_t self);  // for many trees with one reading; pure but for markers
    [[nodiscard]] pid_t root() const { return root_; }
    [[nodiscard]] const std::vector<ProcessInfo>& members() const {
        return members_;
    }                                  // of the last refresh, zombies too
    [[nodiscard]] bool alive() const;  // any member that is no zombie

    // To every live member; returns how many got it.
    unsigned signal(int signal_number) const;
    // Reaps adopted members that have ended. Never the root: its exit status belongs to who spawned
    // it.
    void reap_orphans() const;

  private:
    using Identity = std::pair<pid_t, std::uint64_t>;  // pid, start_ticks

    pid_t root_;
    std::string marker_;
    std::optional<std::uint64_t> root_start_;
    std::set<Identity> seen_;
    std::set<pid_t> sessions_;
    std::vector<ProcessInfo> members_;
};

// How long to wait after each signal before the next, harder one.
struct Grace {
    Clock::Duration interrupt = std::chrono::seconds(5);  // SIGINT: an analysis cleans up in about 3 s
    Clock::Duration terminate = std::chrono::seconds(2);  // SIGTERM
    Clock::Duration kill = std::chrono::seconds(5);       // SIGKILL, again at each step; then we give up
    [[nodiscard]] Clock::Duration whole() const { return interrupt + terminate + kill; }
};

// INT -> TERM -> KILL as a pure state machine: told the time and whether anything lives, says what
// to send.
class Escalation {
  public:
    explicit Escalation(Grace grace) : grace_(grace) {}

    // The signal to send now, if any.
    [[nodiscard]] std::optional<int> step(Clock::Time now, bool alive);
    [[nodiscard]] bool finished() const { return phase_ == Phase::gone || phase_ == Phase::survived; }
    [[nodiscard]] bool survived() const { return phase_ == Phase::survived; }  // not even SIGKILL (state D)
    void hurry();                                                              // a second Ctrl-C: straight to SIGKILL

  private:
    enum class Phase { start, interrupted, terminated, killed, gone, survived };
    Grace grace_;
    Phase phase_ = Phase::start;
    bool hurry_ = false;
    Clock::Time since_{};
};

// Ends the tree, waiting as long as it takes; afterwards it holds only survivors (none, but for
// processes stuck in the kernel). The root stays a zombie for its owner to reap.
[[nodiscard]] std::vector<ProcessInfo> end_tree(ProcessTree& tree, Grace grace, Clock& clock);

}  // namespace hlaunch
