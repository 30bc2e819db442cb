#include "os/command_output.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/printable.h"
#include "base/shell_quote.h"
#include "os/environment.h"
#include "os/file.h"

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

}  // namespace

CommandOutput run_and_read(const std::vector<std::string>& argv) {
    const MemoryFile out, err;
    ChildSpec spec;
    spec.argv = argv;
    spec.env = Environment::current().list();
    spec.cwd = std::filesystem::current_path();
    spec.stdout_path = out.path();
    spec.stderr_path = err.path();
    spec.output_links = true;
    spec.die_with_parent = true;
    const auto child = spawn(spec);
    const auto status = wait(child.pid);
    return {status, out.text(), err.text()};
}

std::string command_output(const std::vector<std::string>& argv) {
    const auto result = run_and_read(argv);
    if (result.status.ok()) return result.out;
    auto words = result.err.empty() ? result.out : result.err;
    std::replace(words.begin(), words.end(), '\n', ' ');
    throw infrastructure_error("{} ended with {}: {}", shell_join(argv), result.status.text(), printable(words));
}

}  // namespace hlaunch
