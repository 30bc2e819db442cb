#include "os/spawn/command_output.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/text/printable.h"
#include "base/text/shell_quote.h"
#include "os/files/file.h"
#include "os/process/environment.h"

namespace hlaunch {
namespace {

// A file in memory that a child opens by name.
class MemoryFile {
  public:
    MemoryFile() : fd_(::memfd_create("hlaunch-output", MFD_CLOEXEC)) {
        if (!fd_) throw infrastructure_error("making a file in memory failed: {}", std::strerror(errno));
    }
    [[nodiscard]] std::string path() const { return fmt::format("/proc/{}/fd/{}", ::getpid(), fd_.get()); }
    [[nodiscard]] std::string text() const { return read_text(path()); }

  private:
    UniqueFd fd_;
};

// False where it has not ended by then.
bool ends_within(int pidfd, Clock::Duration limit) {
    const SystemClock clock;
    for (const auto until = clock.now() + limit;;) {
        pollfd end{pidfd, POLLIN, 0};
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock.now()).count();
        if (::poll(&end, 1, static_cast<int>(std::max<std::int64_t>(0, left))) > 0) return true;
        if (clock.now() >= until) return false;
    }
}

}  // namespace

CommandOutput run_and_read(const std::vector<std::string>& argv, const Environment& environment,
                           std::optional<Clock::Duration> limit) {
    const MemoryFile out, err;
    ChildSpec spec;
    spec.argv = argv;
    spec.env = environment.list();
    spec.cwd = std::filesystem::current_path();
    spec.stdout_path = out.path();
    spec.stderr_path = err.path();
    spec.output_links = true;
    spec.die_with_parent = true;
    const auto child = spawn(spec);
    const bool timed_out = limit && !ends_within(child.pidfd.get(), *limit);
    if (timed_out) ::kill(-child.pid, SIGKILL);  // its session's group: what it has started as well
    const auto status = wait(child.pid);
    return {status, out.text(), err.text(), timed_out};
}

std::string command_output(const std::vector<std::string>& argv) {
    const auto result = run_and_read(argv);
    if (result.status.ok()) return result.out;
    auto words = result.err.empty() ? result.out : result.err;
    std::replace(words.begin(), words.end(), '\n', ' ');
    throw infrastructure_error("{} ended with {}: {}", shell_join(argv), result.status.text(), printable(words));
}

}  // namespace hlaunch
