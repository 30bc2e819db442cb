// Starting a program with everything it must not inherit put right: signals, session, descriptors,
// environment, folder, binding.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "os/io/unique_fd.h"
#include "os/numa/binding.h"

namespace hlaunch {

struct ChildSpec {
    std::vector<std::string> argv;  // argv[0] without '/' is looked up in env's PATH
    std::vector<std::string> env;   // complete, "NAME=value"
    std::filesystem::path cwd;      // empty: ours; a relative argv[0] with '/' is taken from here
    std::filesystem::path stdin_path = "/dev/null";
    std::filesystem::path stdout_path;  // appended to, created; empty: inherited. Relative to OUR folder.
    std::filesystem::path stderr_path;  // may be the same file
    bool output_links = false;          // the two may be reached through links: they are ours, in no run folder
    std::optional<Binding> binding;
    bool new_session = true;       // setsid: a terminal's Ctrl-C does not reach it, its whole tree can be found
    bool die_with_parent = false;  // SIGKILL when the THREAD that spawned it ends
    // SIGUSR1 and SIGUSR2 are ignored: a scheduler sends them to a whole job step to announce its end, and they are
    // meant for hlaunch. Python would die of them.
    bool ignore_warnings = false;
    // Descriptors of ours that become its 3, 4; the others are closed. -1: none.
    std::array<int, 2> handed_over{-1, -1};
};

struct Child {
    pid_t pid = -1;
    UniqueFd pidfd;  // readable (poll) when the child has ended; signals through it never hit a
                     // reused pid
};

// What a failed start is to be blamed on. command: it or its folder, another one may well start. place: what it was to
// be bound to, so that the same may start elsewhere. machine: nothing can be started here (no room for logs, no
// descriptors, no processes).
enum class StartBlame : std::uint8_t { machine, command, place };

// Why a program did not come to run.
class StartError : public Error {
  public:
    StartError(const Error& error, StartBlame blame) : Error(error), blame_(blame) {}
    [[nodiscard]] StartBlame blame() const noexcept { return blame_; }

  private:
    StartBlame blame_;
};

// Returns once the program runs. Signals of the child are all default and unblocked, descriptors
// above 2 closed. Throws StartError: infrastructure "starting 'PROGRAM' in DIR failed while <stage>:
// <reason>; <remedy>", and what PreparedBinding throws. A child that could not exec is reaped.
[[nodiscard]] Child spawn(const ChildSpec& spec);

// The path execve would be given: an absolute or relative path for a name found in the
// colon-separated path_list, the name itself where it holds a '/'; nothing when there is no
// executable file of that name.
[[nodiscard]] std::optional<std::string> find_program(const std::string& name, const std::string& path_list,
                                                      const std::filesystem::path& cwd = {});

struct ExitStatus {
    bool signalled = false;
    int code = 0;  // exit code or signal number
    [[nodiscard]] static ExitStatus from_wait(int wait_status);
    [[nodiscard]] bool ok() const { return !signalled && code == 0; }
    [[nodiscard]] bool killed() const { return shell_code() == 128 + 9; }  // SIGKILL, also as a shell tells it
    [[nodiscard]] int shell_code() const { return signalled ? 128 + code : code; }
    [[nodiscard]] std::string text() const;  // "exit code 1", "signal 9 (Killed)"
};

// Reaps the child if it has ended; nothing while it runs. Throws infrastructure when it is no child
// of ours.
[[nodiscard]] std::optional<ExitStatus> try_wait(pid_t pid);
[[nodiscard]] ExitStatus wait(pid_t pid);

}  // namespace hlaunch
