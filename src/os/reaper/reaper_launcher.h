// The launcher of real processes: one reaper process a slot, started with the slot's first tree, kept for the next
// ones.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "os/io/unique_fd.h"
#include "os/reaper/launcher.h"
#include "os/spawn/child.h"

namespace hlaunch {

// Makes this process a subreaper. While a tree runs, nobody else here starts processes that are to outlive a call: when
// a reaper dies, all children of ours that began after it are taken for its orphans and killed. A reaper that is
// stopped (SIGSTOP) keeps its tree running and tells nothing; stop(), kill() and the end of this object let it go on.
// Messages to it never block.
class ReaperLauncher final : public Launcher {
  public:
    // receipts: where reapers write ends down (ReceiptFile::descriptor), -1: nowhere; ours as long as this object
    // lives. program: what understands `reaper FD [FD]`, ourselves by default.
    explicit ReaperLauncher(int receipts = -1, std::filesystem::path program = "/proc/self/exe");
    ReaperLauncher(const ReaperLauncher&) = delete;
    ReaperLauncher& operator=(const ReaperLauncher&) = delete;
    // Ends trees that still run, by their grace, and all reapers; waits for that, then kills.
    ~ReaperLauncher() override;

    void start(unsigned slot, const TreeSpec& spec) override;
    void stop(unsigned slot) override;
    void kill(unsigned slot) override;
    [[nodiscard]] std::vector<int> descriptors() const override;
    [[nodiscard]] std::vector<TreeEvent> events() override;

  private:
    class Reaper;
    using Reapers = std::map<unsigned, std::unique_ptr<Reaper>>;

    Reaper& reaper_of(unsigned slot);
    void order(unsigned slot, bool at_once);
    void receive(unsigned slot);
    void bury(Reapers::iterator dead);
    unsigned kill_orphans(std::uint64_t since_ticks) const;

    std::filesystem::path program_;
    int receipts_;
    UniqueFd polled_;  // epoll: all sockets and pidfds, and wake_
    UniqueFd wake_;    // readable after a start that failed here
    Reapers reapers_;
    std::vector<TreeEvent> told_;
};

}  // namespace hlaunch
