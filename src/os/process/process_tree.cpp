#include "os/process/process_tree.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/error.h"
#include "os/process/descendants.h"

namespace hlaunch {
void become_subreaper() {
    if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
        throw infrastructure_error("becoming the reaper of orphans failed: {}; Linux 3.4 or newer is needed",
                                   std::strerror(errno));
}

ProcessTree::ProcessTree(pid_t root, std::string environment_marker)
    : root_(root), marker_(std::move(environment_marker)) {
    const auto info = read_process(root);
    if (!info) return;
    root_start_ = info->start_ticks;
    // Noted now: the root may be gone before the first refresh, leaving others in its session.
    if (info->session == root) sessions_.insert(root);
}

void ProcessTree::refresh() {
    refresh(all_processes(), ::getpid());
}

void ProcessTree::refresh(const std::vector<ProcessInfo>& all, pid_t self) {
    std::set<pid_t> inside;
    const auto belongs = [&](const ProcessInfo& info) {
        if (info.pid == self) return false;
        if (info.pid == root_) return root_start_ == info.start_ticks;
        if (seen_.contains({info.pid, info.start_ticks}) || inside.contains(info.ppid)) return true;
        if (sessions_.contains(info.session)) return true;
        return !marker_.empty() && (info.ppid == self || info.ppid == 1) && !info.dead() &&
               has_variable(info.pid, marker_);
    };
    // A child may stand before its parent in the list: repeat until nothing is added.
    for (bool grown = true; grown;) {
        grown = false;
        for (const auto& info : all) {
            if (inside.contains(info.pid) || !belongs(info)) continue;
            inside.insert(info.pid);
            seen_.insert({info.pid, info.start_ticks});
            if (info.session == info.pid) sessions_.insert(info.session);
            grown = true;
        }
    }
    members_.clear();
    std::copy_if(all.begin(), all.end(), std::back_inserter(members_),
                 [&](const ProcessInfo& info) { return inside.contains(info.pid); });
    // A session id is a pid: once nobody is left in it, the number may be given to a stranger.
    std::erase_if(sessions_, [&](pid_t session) {
        return std::none_of(members_.begin(), members_.end(),
                            [&](const ProcessInfo& info) { return info.session == session; });
    });
    std::erase_if(seen_, [&](const Identity& identity) { return !inside.contains(identity.first); });
}

bool ProcessTree::alive() const {
    return std::any_of(members_.begin(), members_.end(), [](const ProcessInfo& info) { return !info.dead(); });
}

unsigned ProcessTree::signal(int signal_number) const {
    unsigned sent = 0;
    for (const auto& member : members_) {
        if (member.dead()) continue;
        if (signal_process(member, signal_number)) ++sent;
    }
    return sent;
}

void ProcessTree::reap_orphans() const {
    for (const auto& member : members_)
        if (member.pid != root_ && member.dead() && member.ppid == ::getpid()) ::waitpid(member.pid, nullptr, WNOHANG);
}

std::optional<int> Escalation::step(Clock::Time now, bool alive) {
    if (finished()) return std::nullopt;
    if (!alive) {
        phase_ = Phase::gone;
        return std::nullopt;
    }
    const auto enter = [&](Phase phase, int signal) {
        phase_ = phase;
        since_ = now;
        return std::optional(signal);
    };
    if (hurry_ && phase_ != Phase::killed) return enter(Phase::killed, SIGKILL);
    const auto elapsed = now - since_;
    switch (phase_) {
        case Phase::start:
            return enter(Phase::interrupted, SIGINT);
        case Phase::interrupted:
            if (elapsed >= grace_.interrupt) return enter(Phase::terminated, SIGTERM);
            break;
        case Phase::terminated:
            if (elapsed >= grace_.terminate) return enter(Phase::killed, SIGKILL);
            break;
        case Phase::killed:
            // Again each time: a process may have forked between the listing and the signal.
            if (elapsed < grace_.kill) return SIGKILL;
            phase_ = Phase::survived;
            break;
        case Phase::gone:
        case Phase::survived:
            break;
    }
    return std::nullopt;
}

void Escalation::hurry() {
    hurry_ = true;
}

std::vector<ProcessInfo> end_tree(ProcessTree& tree, Grace grace, Clock& clock) {
    Escalation escalation(grace);
    for (;;) {
        tree.refresh();
        tree.reap_orphans();
        if (const auto signal = escalation.step(clock.now(), tree.alive())) (void)tree.signal(*signal);
        if (escalation.finished()) break;
        clock.sleep(std::chrono::milliseconds(20));
    }
    std::vector<ProcessInfo> survivors;
    std::copy_if(tree.members().begin(), tree.members().end(), std::back_inserter(survivors),
                 [](const ProcessInfo& info) { return !info.dead(); });
    return survivors;
}

}  // namespace hlaunch
