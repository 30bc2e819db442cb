// Which worker of a run draws which shard: a file in the run folder, changed under a lock of its own, so that workers
// of several nodes and jobs need no server and draw no shard twice. A claim counts while its worker's journal is
// locked.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "plan/run_folder.h"

namespace hlaunch {

class Claims {
  public:
    // worker: the name of its folder. job: the same for all workers of one start, of the scheduler's next start
    // another.
    Claims(RunFolder run, std::string worker, std::string job, Clock& clock)
        : run_(std::move(run)), worker_(std::move(worker)), job_(std::move(job)), clock_(clock) {}

    // Asks `choose`, under the lock, for a choice among those that nobody draws (taken: by others that live, or failed
    // in this job), and claims it. Throws infrastructure where the file cannot be written.
    using Choose = std::function<std::vector<unsigned>(const std::set<unsigned>& taken)>;
    [[nodiscard]] std::vector<unsigned> take(const Choose& choose);
    // They failed here: no other worker of this job tries them again.
    void give_up(const std::set<unsigned>& shards);
    // Which others that live draw now, with the names of their folders; takes nothing.
    [[nodiscard]] std::map<unsigned, std::string> drawn_by_others() const;

  private:
    struct Claim {
        std::string worker, job;
        bool failed = false;
    };
    using ByShard = std::map<unsigned, Claim>;
    void change(const std::function<void(ByShard&)>& edit);
    [[nodiscard]] ByShard read() const;

    RunFolder run_;
    std::string worker_, job_;
    Clock& clock_;
};

}  // namespace hlaunch
