// One writer a run folder, on all hosts that share it: the lock file holds the owner, and of many that try to take it,
// or to take it over from one that is gone, one gets it. flock() is not needed for that; where it works it says more
// of an owner whose process cannot be seen from here.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "os/files/heartbeat.h"
#include "run/journal/lock_owner.h"

namespace hlaunch {

struct LockStatus {
    std::optional<LockOwner> owner;  // nothing: nobody, or a text that no hlaunch wrote whole
    LockState state = LockState::free;
    std::optional<double> heartbeat_age_s;  // by the file system's clock
};
// For those who only look; takes nothing.
[[nodiscard]] LockStatus lock_status(const std::filesystem::path& lock);

class JournalLock {
  public:
    // Throws usage Error naming owner and remedy while another lives. flock: asks for the journal's own lock
    // (PrivateLock), which holds even when the lock file was removed by hand.
    using Flock = std::function<AppendFile::Lock()>;
    JournalLock(std::filesystem::path path, Clock& clock, Flock flock = {});
    JournalLock(const JournalLock&) = delete;
    JournalLock& operator=(const JournalLock&) = delete;
    ~JournalLock();  // gives it back

    // To be called before what must not happen twice: looks about each 10 s. Throws infrastructure when the lock is no
    // longer ours: whoever took it over writes now. The sign of life itself goes on without it.
    void heartbeat();

  private:
    void take();
    [[nodiscard]] bool take_over(class ExclusiveFile& mine, const std::string& stale) const;
    [[nodiscard]] AppendFile::Lock flock() const { return flock_ ? flock_() : AppendFile::Lock::none; }

    std::filesystem::path path_;
    Clock& clock_;
    Flock flock_;
    std::string text_;  // the record, which is ours alone
    int pid_;           // a fork of ours must not give it back
    Clock::Time next_beat_;
    std::unique_ptr<Heartbeat> beating_;
};

// "another hlaunch works in this folder (...)": for the one who found it taken.
[[nodiscard]] std::string held_text(const std::filesystem::path& lock, const LockStatus& status);

}  // namespace hlaunch
