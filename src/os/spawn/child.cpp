#include "os/spawn/child.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <tuple>

#include "base/error.h"
#include "os/io/no_links.h"
#include "os/spawn/argument_limits.h"

namespace hlaunch {
namespace {

enum class Stage : int {
    parent_death,
    session,
    standard_input,
    standard_output,
    standard_error,
    folder,
    binding,
    descriptors,
    exec
};

// What the child writes into the pipe; smaller than PIPE_BUF, so it is whole or not there.
struct Failure {
    Stage stage = Stage::exec;
    int error = 0;
    BindStage bind = BindStage::none;
};

// Everything the child needs, allocated before fork: after it, another thread's lock on the heap
// stays locked.
struct Prepared {
    std::string program;
    std::vector<char*> argv, script_argv, envp;
    std::optional<PreparedBinding> binding;
    pid_t parent = 0;
    unsigned max_fd = 0;
};

std::vector<char*> pointers(const std::vector<std::string>& words) {
    std::vector<char*> result;
    result.reserve(words.size() + 1);
    for (const auto& word : words) result.push_back(const_cast<char*>(word.c_str()));
    result.push_back(nullptr);
    return result;
}

[[noreturn]] void fail(int pipe, Stage stage, int error, BindStage bind = BindStage::none) noexcept {
    const Failure failure{stage, error, bind};
    [[maybe_unused]] const ssize_t written = ::write(pipe, &failure, sizeof failure);
    ::_exit(127);
}

void redirect(int pipe, const char* path, int flags, bool links, int target, Stage stage) noexcept {
    // One that waits for a reader that never comes could not be ended.
    const int fd = links ? ::open(path, flags | O_NONBLOCK, 0666) : open_no_links(path, flags | O_NONBLOCK, 0666);
    if (fd < 0 || ::fcntl(fd, F_SETFL, flags & O_APPEND) != 0) fail(pipe, stage, errno);
    if (fd != target) {
        if (::dup2(fd, target) < 0) fail(pipe, stage, errno);
        ::close(fd);
    }
}

void reset_signals() noexcept {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    // SIGKILL, SIGSTOP and libc's own two refuse: nothing to do about them.
    for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &action, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Marks all from `first` on close-on-exec; the failure pipe must live until exec.
void close_others(int pipe, unsigned first, unsigned max_fd) noexcept {
#ifdef SYS_close_range
    constexpr unsigned cloexec = 1U << 2U;  // CLOSE_RANGE_CLOEXEC, Linux 5.11
    if (::syscall(SYS_close_range, first, ~0U, cloexec) == 0) return;
#endif
    for (unsigned fd = first; fd < max_fd; ++fd)
        if (::fcntl(static_cast<int>(fd), F_SETFD, FD_CLOEXEC) < 0 && errno != EBADF)
            fail(pipe, Stage::descriptors, errno);
}

int count_handed_over(const ChildSpec& spec) noexcept {
    int count = 0;
    for (const int fd : spec.handed_over) count += fd >= 0 ? 1 : 0;
    return count;
}

// Moves them to descriptors 3 and up, after all of them and the failure pipe are out of the way. Returns the first
// descriptor that is not the program's.
int hand_over(const ChildSpec& spec, int& pipe) noexcept {
    const int first_other = 3 + count_handed_over(spec);
    if (first_other == 3) return 3;
    const auto move_up = [&](int fd) {
        const int moved = ::fcntl(fd, F_DUPFD_CLOEXEC, first_other);
        if (moved < 0) fail(pipe, Stage::descriptors, errno);
        return moved;
    };
    pipe = move_up(pipe);
    std::array<int, std::tuple_size_v<decltype(spec.handed_over)>> moved{};
    for (std::size_t i = 0; i < moved.size(); ++i)
        moved[i] = spec.handed_over[i] >= 0 ? move_up(spec.handed_over[i]) : -1;
    int target = 3;
    for (const int fd : moved)
        if (fd >= 0 && ::dup2(fd, target++) < 0) fail(pipe, Stage::descriptors, errno);
    return first_other;
}

// Between fork and exec: system calls only, no allocation, no exception, one way out.
[[noreturn]] void become(const ChildSpec& spec, Prepared& prepared, int pipe) noexcept {
    if (spec.die_with_parent) {
        if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) fail(pipe, Stage::parent_death, errno);
        if (::getppid() != prepared.parent) ::_exit(127);  // it died before the line above
    }
    if (spec.new_session && ::setsid() < 0) fail(pipe, Stage::session, errno);
    constexpr int append = O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY;
    if (!spec.stdin_path.empty())
        redirect(pipe, spec.stdin_path.c_str(), O_RDONLY | O_NOCTTY, true, 0, Stage::standard_input);
    if (!spec.stdout_path.empty())
        redirect(pipe, spec.stdout_path.c_str(), append, spec.output_links, 1, Stage::standard_output);
    if (!spec.stderr_path.empty())
        redirect(pipe, spec.stderr_path.c_str(), append, spec.output_links, 2, Stage::standard_error);
    if (!spec.cwd.empty() && ::chdir(spec.cwd.c_str()) != 0) fail(pipe, Stage::folder, errno);
    if (prepared.binding)
        if (const BindOutcome outcome = prepared.binding->apply(); !outcome.ok())
            fail(pipe, Stage::binding, outcome.error, outcome.failed);
    close_others(pipe, static_cast<unsigned>(hand_over(spec, pipe)), prepared.max_fd);
    reset_signals();
    if (spec.ignore_warnings) {
        struct sigaction ignored {};
        ignored.sa_handler = SIG_IGN;
        for (const int warning : {SIGUSR1, SIGUSR2}) ::sigaction(warning, &ignored, nullptr);
    }
    ::execve(prepared.program.c_str(), prepared.argv.data(), prepared.envp.data());
    // A script without "#!": what a shell and execvp do with it.
    if (errno == ENOEXEC) ::execve("/bin/sh", prepared.script_argv.data(), prepared.envp.data());
    fail(pipe, Stage::exec, errno);
}

struct Handover {
    const ChildSpec& spec;
    Prepared& prepared;
    int pipe;
};

int child_main(void* handover) noexcept {
    const auto& [spec, prepared, pipe] = *static_cast<Handover*>(handover);
    become(spec, prepared, pipe);
}

// The child's pid, or -1 and errno. As vfork does, the child runs in our memory until it execs, and we wait: copying
// page tables and the faults after it cost more than all the rest. It needs a stack of its own; all it writes to
// besides is made for it, and errno.
pid_t fork_child(Handover& handover) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    const pid_t pid = ::fork();  // they keep books on the memory of each process
    if (pid == 0) ::_exit(child_main(&handover));
    return pid;
#else
    constexpr std::size_t stack_bytes = 65536;
    const auto stack = std::make_unique_for_overwrite<std::byte[]>(stack_bytes);
    void* top = stack.get() + stack_bytes - 16;
    top = reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(top) & ~std::uintptr_t{15});
    return ::clone(child_main, top, CLONE_VM | CLONE_VFORK | SIGCHLD, &handover);
#endif
}

StartError explain(const ChildSpec& spec, const Prepared& prepared, const Failure& failure) {
    if (failure.stage == Stage::binding)
        return {prepared.binding->explain({failure.bind, failure.error}), StartBlame::place};
    std::string doing = "executing it";
    std::string remedy = "check that the file is executable and its interpreter exists";
    switch (failure.stage) {
        case Stage::parent_death:
            doing = "tying it to its parent", remedy = "report this";
            break;
        case Stage::session:
            doing = "starting a session", remedy = "report this";
            break;
        case Stage::standard_input:
            doing = fmt::format("opening '{}' as its standard input", spec.stdin_path.native());
            remedy = "check the path";
            break;
        case Stage::standard_output:
            doing = fmt::format("opening '{}' as its standard output", spec.stdout_path.native());
            remedy = "check the folder, its permissions and free space";
            break;
        case Stage::standard_error:
            doing = fmt::format("opening '{}' as its standard error", spec.stderr_path.native());
            remedy = "check the folder, its permissions and free space";
            break;
        case Stage::folder:
            doing = "changing to that folder", remedy = "check that it exists";
            break;
        case Stage::descriptors:
            doing = "closing descriptors", remedy = "report this";
            break;
        case Stage::exec:
            if (failure.error == E2BIG)
                remedy = why_too_long(spec.argv, argument_bytes(spec.env), argument_limits())
                             .value_or("the environment, or what the script's first line adds, is too long");
            break;
        case Stage::binding:
            break;
    }
    const std::string where = spec.cwd.empty() ? std::string() : fmt::format(" in '{}'", spec.cwd.native());
    const bool of_command = failure.stage == Stage::exec || failure.stage == Stage::folder;
    return {infrastructure_error("starting '{}'{} failed while {}: {}; {}", spec.argv.front(), where, doing,
                                 std::strerror(failure.error), remedy),
            of_command ? StartBlame::command : StartBlame::machine};
}

// All signals stay pending in parent and child while a handler could still run in the child.
class AllBlocked {
  public:
    AllBlocked() {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &old_);
    }
    ~AllBlocked() { ::pthread_sigmask(SIG_SETMASK, &old_, nullptr); }
    AllBlocked(const AllBlocked&) = delete;
    AllBlocked& operator=(const AllBlocked&) = delete;

  private:
    sigset_t old_{};
};

std::string path_of(const std::vector<std::string>& env) {
    static constexpr std::string_view key = "PATH=";
    for (const auto& entry : env)
        if (entry.starts_with(key)) return entry.substr(key.size());
    return "/usr/local/bin:/usr/bin:/bin";
}

Prepared prepare(const ChildSpec& spec, std::vector<std::string>& script_words) {
    if (spec.argv.empty() || spec.argv.front().empty()) throw usage_error("no command was given to start");
    Prepared prepared;
    const auto program = find_program(spec.argv.front(), path_of(spec.env), spec.cwd);
    if (!program)
        throw StartError(
            infrastructure_error("starting '{}' failed: no such program in PATH; install it or name it with its full "
                                 "path",
                                 spec.argv.front()),
            StartBlame::command);
    prepared.program = *program;
    prepared.argv = pointers(spec.argv);
    script_words = {"/bin/sh", prepared.program};
    script_words.insert(script_words.end(), spec.argv.begin() + 1, spec.argv.end());
    prepared.script_argv = pointers(script_words);
    prepared.envp = pointers(spec.env);
    if (spec.binding) try {
            prepared.binding.emplace(*spec.binding);
        } catch (const Error& error) {
            throw StartError(error, StartBlame::place);
        }
    prepared.parent = ::getpid();
    struct rlimit limit {};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    prepared.max_fd = static_cast<unsigned>(std::min<rlim_t>(limit.rlim_cur, 65536));
    return prepared;
}

}  // namespace

std::optional<std::string> find_program(const std::string& name, const std::string& path_list,
                                        const std::filesystem::path& cwd) {
    if (name.find('/') != std::string::npos) return name;
    std::string_view rest(path_list);
    for (bool more = true; more;) {
        const auto colon = rest.find(':');
        more = colon != std::string_view::npos;
        const std::string_view folder = rest.substr(0, colon);
        if (more) rest.remove_prefix(colon + 1);
        // An empty entry is the current folder.
        std::filesystem::path path = std::filesystem::path(folder.empty() ? "." : folder) / name;
        const auto seen_from_here = path.is_relative() && !cwd.empty() ? cwd / path : path;
        struct stat info {};
        if (::stat(seen_from_here.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
            ::access(seen_from_here.c_str(), X_OK) == 0)
            return path.native();
    }
    return std::nullopt;
}

Child spawn(const ChildSpec& spec) {
    std::vector<std::string> script_words;
    Prepared prepared = prepare(spec, script_words);
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        throw infrastructure_error("starting '{}' failed while making a pipe: {}; raise ulimit -n", spec.argv.front(),
                                   std::strerror(errno));
    const UniqueFd read_end(ends[0]);
    UniqueFd write_end(ends[1]);
    Child child;
    {
        const AllBlocked blocked;
        Handover handover{spec, prepared, write_end.get()};
        child.pid = fork_child(handover);
    }
    if (child.pid < 0)
        throw infrastructure_error("starting '{}' failed while forking: {}; raise ulimit -u or free memory",
                                   spec.argv.front(), std::strerror(errno));
    write_end.reset();
    Failure failure;
    ssize_t count = -1;
    do count = ::read(read_end.get(), &failure, sizeof failure);
    while (count < 0 && errno == EINTR);
    if (count != 0) {
        (void)wait(child.pid);
        throw explain(spec, prepared, failure);
    }
    // Not reaped yet, so the pid is still this child's.
    child.pidfd.reset(static_cast<int>(::syscall(SYS_pidfd_open, child.pid, 0)));
    if (!child.pidfd) {
        const int error = errno;
        ::kill(child.pid, SIGKILL);
        (void)wait(child.pid);
        throw infrastructure_error("watching '{}' failed: {}; Linux 5.3 or newer is needed", spec.argv.front(),
                                   std::strerror(error));
    }
    return child;
}

ExitStatus ExitStatus::from_wait(int wait_status) {
    if (WIFSIGNALED(wait_status)) return {true, WTERMSIG(wait_status)};
    return {false, WEXITSTATUS(wait_status)};
}

std::string ExitStatus::text() const {
    if (!signalled) return fmt::format("exit code {}", code);
    const char* name = ::sigdescr_np(code);
    return fmt::format("signal {} ({})", code, name != nullptr ? name : "unknown");
}

std::optional<ExitStatus> try_wait(pid_t pid) {
    int status = 0;
    pid_t result = -1;
    do result = ::waitpid(pid, &status, WNOHANG);
    while (result < 0 && errno == EINTR);
    if (result < 0) throw infrastructure_error("waiting for process {} failed: {}", pid, std::strerror(errno));
    return result == 0 ? std::nullopt : std::optional(ExitStatus::from_wait(status));
}

ExitStatus wait(pid_t pid) {
    int status = 0;
    pid_t result = -1;
    do result = ::waitpid(pid, &status, 0);
    while (result < 0 && errno == EINTR);
    if (result < 0) throw infrastructure_error("waiting for process {} failed: {}", pid, std::strerror(errno));
    return ExitStatus::from_wait(status);
}

}  // namespace hlaunch
