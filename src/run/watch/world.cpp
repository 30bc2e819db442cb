#include "run/watch/world.h"

#include <unistd.h>

#include <optional>

#include "os/files/file.h"
#include "os/host/kernel_limits.h"
#include "os/observe/kernel_log.h"
#include "os/process/cgroup.h"
#include "os/process/descendants.h"
#include "run/watch/stop_file.h"

namespace hlaunch {
namespace {

class RealWorld final : public World {
  public:
    std::unique_ptr<EventSource> listen() override { return std::make_unique<ChildEvents>(); }

    const std::vector<ProcessInfo>& processes(Clock::Time now) override {
        if (read_at_ != now) processes_ = all_processes();
        read_at_ = now;
        return processes_;
    }

    double cpu_seconds_below(pid_t root) override {
        double out = 0.0;
        auto all = descendants({.ancestor = root, .spared = {}, .since_ticks = 0});
        if (auto own = read_process(root)) all.push_back(std::move(*own));
        for (const auto& process : all) out += process.cpu_seconds + process.reaped_cpu_seconds;
        return out;
    }

    std::uint64_t file_bytes(const std::filesystem::path& path) override { return hlaunch::file_bytes(path); }
    FreeSpace free_space(const std::string& path) override { return hlaunch::free_space(path); }
    MemoryState memory_left(const IdSet& nodes) override { return hlaunch::memory_left(nodes); }
    std::uint64_t counted_memory_kills() override { return oom_kills(::getpid()).value_or(0); }

    std::vector<pid_t> new_kernel_kills() override {
        std::vector<pid_t> out;
        for (const auto& kill : log_.new_kills()) out.push_back(kill.pid);
        return out;
    }

    bool take_stop_file(const std::string& path) override { return hlaunch::take_stop_file(path); }

  private:
    std::optional<Clock::Time> read_at_;
    std::vector<ProcessInfo> processes_;
    KernelLog log_;
};

}  // namespace

World& real_world() {
    static RealWorld world;
    return world;
}

}  // namespace hlaunch
