#include "os/reaper/reaper.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "os/files/private_folder.h"
#include "os/process/cgroup.h"
#include "os/process/descendants.h"
#include "os/process/shared_memory.h"
#include "os/reaper/reaper_protocol.h"
#include "os/reaper/receipts.h"

namespace hlaunch {
namespace {

// What ends by itself right after its root (Python's resource tracker) is not left behind.
constexpr auto settling = std::chrono::milliseconds(500);
constexpr auto ending_tick = std::chrono::milliseconds(20);
// That a tree has started is told together with its end where that comes at once: of thousands of short tasks each
// costs the launcher one waking up less.
constexpr auto most_delay = std::chrono::milliseconds(10);
constexpr std::array ending_signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};

std::vector<ProcessInfo> ours() {
    return descendants({.ancestor = ::getpid(), .spared = {}, .since_ticks = 0});
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

class Reaper {
  public:
    Reaper(UniqueFd socket, UniqueFd receipts);
    void run();

  private:
    struct Tree {
        pid_t root = -1;
        std::string shm_prefix, temporary_folder;
        Grace grace;
        std::optional<ExitStatus> status;  // of the root
        Clock::Time root_ended_at{};
        std::optional<Escalation> end;
        bool empty = false, root_was_stopped = false;
        std::uint64_t receipt = 0;
        TreeEvent told;  // what is known for its last event
    };
    void wait();
    void take_signals();
    void take_requests();
    void obey(ReaperRequest request);
    void start(const TreeSpec& spec);
    void reap();
    void step();
    void send_signal(int signal_number);
    void finish();
    void write_receipt() const;
    void say(const TreeEvent& event);
    void send(std::string_view frames);
    [[nodiscard]] int timeout_ms() const;

    UniqueFd socket_, receipts_, signals_;
    FrameBuffer in_;
    SystemClock clock_;
    std::optional<Tree> tree_;
    std::optional<OwnCgroup> group_;  // of us and the tree
    std::string not_yet_sent_;        // that the tree has started
    Clock::Time send_by_{};
    bool leaving_ = false;      // no more trees
    bool child_ended_ = false;  // since the last reap()
    bool readable_ = false, signalled_ = false;
};

Reaper::Reaper(UniqueFd socket, UniqueFd receipts) : socket_(std::move(socket)), receipts_(std::move(receipts)) {
    become_subreaper();
    // A launcher that dies while we are stopped: wake up and see that the socket is closed.
    ::prctl(PR_SET_PDEATHSIG, SIGCONT);
    ::prctl(PR_SET_NAME, "hlaunch-reaper");
    if (auto group = OwnCgroup::create()) group_.emplace(std::move(*group));
    // Blocked, all the others (USR1 of a scheduler to the whole job) do nothing; children start with none blocked.
    sigset_t blocked;
    ::sigfillset(&blocked);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) ::sigdelset(&blocked, fault);
    ::sigprocmask(SIG_SETMASK, &blocked, nullptr);
    sigset_t read;
    ::sigemptyset(&read);
    ::sigaddset(&read, SIGCHLD);
    for (const int number : ending_signals) ::sigaddset(&read, number);
    signals_.reset(::signalfd(-1, &read, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals_) throw infrastructure_error("making a signalfd failed: {}", std::strerror(errno));
}

void Reaper::run() {
    while (tree_ || !leaving_) {
        wait();
        if (signalled_) take_signals();
        if (readable_) take_requests();
        if (tree_ && (child_ended_ || tree_->end)) reap();
        if (tree_) step();
    }
}

int Reaper::timeout_ms() const {
    if (!tree_) return -1;
    if (child_ended_) return 0;
    if (tree_->end) return static_cast<int>(ending_tick.count());
    if (!tree_->status && not_yet_sent_.empty()) return -1;
    const auto until = not_yet_sent_.empty() ? tree_->root_ended_at + settling : send_by_;
    const auto left = until - clock_.now();
    return std::max(0, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count()));
}

void Reaper::wait() {
    std::array<pollfd, 2> polls{{{socket_.get(), POLLIN, 0}, {signals_.get(), POLLIN, 0}}};
    const int count = ::poll(polls.data(), polls.size(), timeout_ms());
    if (!not_yet_sent_.empty() && clock_.now() >= send_by_) send(std::exchange(not_yet_sent_, {}));
    if (count < 0 && errno != EINTR) throw infrastructure_error("waiting failed: {}", std::strerror(errno));
    readable_ = count > 0 && polls[0].revents != 0;
    signalled_ = count > 0 && polls[1].revents != 0;
}

void Reaper::take_signals() {
    std::array<signalfd_siginfo, 8> infos{};
    for (;;) {
        const ssize_t bytes = ::read(signals_.get(), infos.data(), sizeof infos);
        if (bytes <= 0) return;
        const auto count = static_cast<std::size_t>(bytes) / sizeof infos[0];
        for (std::size_t i = 0; i < count; ++i) (infos[i].ssi_signo == SIGCHLD ? child_ended_ : leaving_) = true;
        if (count < infos.size()) return;
    }
}

void Reaper::take_requests() {
    std::array<char, 65536> buffer;  // NOLINT: filled by recv
    const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    try {
        if (count > 0) {
            in_.add({buffer.data(), static_cast<std::size_t>(count)});
            while (const auto body = in_.next()) obey(decode_request(*body));
            return;
        }
    } catch (const Error&) {
        // Whoever writes nonsense is no launcher to rely on.
    }
    leaving_ = true;
    socket_.reset();
}

void Reaper::obey(ReaperRequest request) {
    if (request.kind == ReaperRequest::Kind::start) {
        if (!tree_ && !leaving_) start(request.spec);
        return;
    }
    if (!tree_) return;  // it ended meanwhile
    if (!tree_->end) tree_->end.emplace(tree_->grace);
    if (request.kind == ReaperRequest::Kind::kill) tree_->end->hurry();
}

void Reaper::start(const TreeSpec& spec) {
    TreeEvent event;
    try {
        ChildSpec child = spec.child;
        child.die_with_parent = true;
        if (!spec.temporary_folder.empty()) make_private_folder(spec.temporary_folder);
        event.pid = spawn(child).pid;
        event.kind = TreeEvent::Kind::started;
        tree_ = Tree{};
        tree_->root = event.pid;
        tree_->shm_prefix = spec.shm_prefix;
        tree_->temporary_folder = spec.temporary_folder;
        tree_->grace = spec.grace;
        tree_->receipt = spec.receipt;
    } catch (const StartError& error) {
        event.kind = TreeEvent::Kind::start_failed;
        event.why = error.what();
        event.blame = error.blame();
    } catch (const std::exception& error) {
        event.kind = TreeEvent::Kind::start_failed;
        event.why = error.what();
    }
    if (event.kind == TreeEvent::Kind::started) {
        not_yet_sent_ = encode_event(event);
        send_by_ = clock_.now() + most_delay;
        return;
    }
    remove_private_folder(spec.temporary_folder);
    say(event);
}

void Reaper::reap() {
    constexpr int at_once = 1000;  // of a fork bomb; then orders are looked at again
    child_ended_ = false;
    auto& told = tree_->told;
    for (int i = 0; i < at_once; ++i) {
        int status = 0;
        rusage usage{};
        const pid_t pid = ::wait4(-1, &status, WNOHANG | __WALL, &usage);
        if (pid < 0 && errno == EINTR) continue;
        if (pid <= 0) {
            tree_->empty = pid < 0;
            return;
        }
        told.cpu_seconds += seconds(usage.ru_utime) + seconds(usage.ru_stime);
        told.peak_resident_bytes =
            std::max(told.peak_resident_bytes, static_cast<std::uint64_t>(usage.ru_maxrss) * 1024);
        if (pid == tree_->root) {
            tree_->status = ExitStatus::from_wait(status);
            tree_->root_ended_at = clock_.now();
            tree_->root_was_stopped = tree_->end.has_value() || leaving_;
        }
    }
    child_ended_ = true;
}

void Reaper::step() {
    const auto now = clock_.now();
    if (!tree_->empty && !tree_->end && (leaving_ || (tree_->status && now >= tree_->root_ended_at + settling)))
        tree_->end.emplace(tree_->grace);
    if (!tree_->empty && tree_->end) {
        if (const auto number = tree_->end->step(now, true)) send_signal(*number);
        if (tree_->end->survived()) {
            // Adopted by the launcher: our next tree must not be taken for never ending.
            tree_->told.survivors = kill_all(ours);
            leaving_ = true;
        }
    }
    if (tree_->empty || (tree_->end && tree_->end->survived())) finish();
}

void Reaper::send_signal(int signal_number) {
    auto members = ours();
    std::erase_if(members, [](const ProcessInfo& info) { return info.dead(); });
    if (tree_->status && tree_->told.left_behind == 0) tree_->told.left_behind = static_cast<unsigned>(members.size());
    if (signal_number == SIGKILL) {
        // The kernel misses nobody in the group; who is not in it (or no longer, by its own doing) is found as always.
        if (group_) group_->kill_others();
        return static_cast<void>(kill_all(ours));
    }
    for (const auto& member : members) {
        (void)signal_process(member, signal_number);
        (void)signal_process(member, SIGCONT);  // a stopped process would not hear it
    }
}

void Reaper::finish() {
    auto& told = tree_->told;
    told.kind = TreeEvent::Kind::ended;
    told.pid = tree_->root;
    told.status = tree_->status.value_or(ExitStatus{.signalled = true, .code = SIGKILL});
    told.shared_memory_removed = remove_shared_memory_of(tree_->shm_prefix);
    remove_private_folder(tree_->temporary_folder);
    write_receipt();
    say(told);
    tree_.reset();
}

// In one write, before hlaunch hears of it. That it reaches the disk is hlaunch's business: this is for its own death.
void Reaper::write_receipt() const {
    if (!receipts_ || tree_->receipt == 0) return;
    // The newline before it ends what a full disk has cut short.
    const auto line = "\n" + receipt_line({.id = tree_->receipt,
                                           .status = tree_->told.status,
                                           .stopped = tree_->root_was_stopped || !tree_->status,
                                           .cpu_seconds = tree_->told.cpu_seconds});
    [[maybe_unused]] const ssize_t written = ::write(receipts_.get(), line.data(), line.size());
}

void Reaper::say(const TreeEvent& event) {
    send(std::exchange(not_yet_sent_, {}) + encode_event(event));
}

void Reaper::send(std::string_view rest) {
    while (socket_ && !rest.empty()) {
        const ssize_t sent = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            rest.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno != EINTR) {
            leaving_ = true;
            socket_.reset();
        }
    }
}

bool is_stream_socket(int fd) {
    int type = 0, domain = 0;
    socklen_t size = sizeof type;
    return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM &&
           ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

bool is_receipt_file(int fd) {
    struct stat status {};
    const int flags = ::fcntl(fd, F_GETFL);
    return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && flags >= 0 && (flags & O_APPEND) != 0;
}

std::optional<int> descriptor(std::string_view word) {
    int fd = -1;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), fd);
    if (error != std::errc() || end != word.data() + word.size() || fd < 0) return std::nullopt;
    return fd;
}

// The socket, and the receipts or -1. Nothing that words of another kind could be taken for.
std::optional<std::pair<int, int>> descriptors_of(std::span<char*> args) {
    if (args.empty() || args.size() > 2) return std::nullopt;
    const auto socket = descriptor(args.front());
    if (!socket || !is_stream_socket(*socket)) return std::nullopt;
    if (args.size() == 1) return std::pair(*socket, -1);
    const auto receipts = descriptor(args.back());
    if (!receipts || !is_receipt_file(*receipts)) return std::nullopt;
    return std::pair(*socket, *receipts);
}

}  // namespace

int reaper_main(std::span<char*> args) noexcept {
    const auto fds = descriptors_of(args);
    if (!fds) {
        std::fprintf(stderr, "hlaunch: reaper is started by hlaunch itself, on a socket; see hlaunch --help\n");
        return static_cast<int>(ExitCode::usage);
    }
    try {
        const auto [socket, receipts] = *fds;
        for (const int fd : {socket, receipts})
            if (fd >= 0) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
        Reaper(UniqueFd(socket), UniqueFd(receipts)).run();
        return 0;
    } catch (const std::exception& error) {
        // The launcher, a subreaper too, finds what is left when we are gone; the root dies with us.
        std::fprintf(stderr, "hlaunch: reaper: %s\n", error.what());
        return static_cast<int>(ExitCode::infrastructure);
    }
}

}  // namespace hlaunch
