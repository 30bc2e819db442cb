#include "os/reaper/reaper_launcher.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <limits>
#include <set>
#include <span>

#include "base/error.h"
#include "os/files/private_folder.h"
#include "os/process/cgroup.h"
#include "os/process/descendants.h"
#include "os/process/environment.h"
#include "os/process/shared_memory.h"
#include "os/reaper/reaper_protocol.h"

namespace hlaunch {
namespace {

constexpr std::uint64_t wake_key = std::numeric_limits<std::uint64_t>::max();
constexpr auto kill_patience = std::chrono::seconds(5);  // for what the kernel does after SIGKILL

Error cannot(const char* doing) {
    return infrastructure_error("{} failed: {}; raise ulimit -n or free memory", doing, std::strerror(errno));
}

void watch(int epoll, int operation, int fd, std::uint32_t what, std::uint64_t key) {
    epoll_event event{};
    event.events = what;
    event.data.u64 = key;
    if (::epoll_ctl(epoll, operation, fd, &event) != 0) throw cannot("watching a reaper");
}

bool ended(const UniqueFd& pidfd, Clock::Duration timeout) {
    pollfd poll{pidfd.get(), POLLIN, 0};
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
    return ::poll(&poll, 1, static_cast<int>(std::max<std::int64_t>(0, ms))) > 0;
}

}  // namespace

class ReaperLauncher::Reaper {
  public:
    struct Tree {
        Grace grace;
        std::string shm_prefix, temporary_folder;
        pid_t pid = -1;
    };
    Child child;
    UniqueFd socket;
    std::uint64_t start_ticks = 0;
    std::string out;  // not yet taken by the socket
    FrameBuffer in;
    std::optional<Tree> tree;

    Reaper(const std::filesystem::path& program, int receipts, int epoll, unsigned slot) : slot_(slot), epoll_(epoll) {
        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) throw cannot("making a socket");
        socket.reset(ends[0]);
        const UniqueFd other(ends[1]);
        ChildSpec spec;
        spec.argv = {program.native(), "reaper", "3"};
        spec.env = Environment::current().list();
        spec.handed_over = {other.get(), receipts};
        if (receipts >= 0) spec.argv.emplace_back("4");
        child = spawn(spec);
        if (const auto info = read_process(child.pid)) start_ticks = info->start_ticks;
        watch(epoll_, EPOLL_CTL_ADD, socket.get(), EPOLLIN, slot_);
        watch(epoll_, EPOLL_CTL_ADD, child.pidfd.get(), EPOLLIN, slot_);
    }
    ~Reaper() {
        // Neither may be left in the epoll set: a child between fork and exec can hold a copy of the descriptor.
        for (const int fd : {socket.get(), child.pidfd.get()})
            if (fd >= 0) ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
    }
    Reaper(const Reaper&) = delete;
    Reaper& operator=(const Reaper&) = delete;

    void signal(int number) const { ::syscall(SYS_pidfd_send_signal, child.pidfd.get(), number, nullptr, 0); }

    void send(std::string frame) {
        const bool waiting = !out.empty();
        out = waiting ? out + frame : std::move(frame);
        if (!waiting) flush(false);
    }
    // waited: the socket is watched for room.
    void flush(bool waited) {
        while (!out.empty()) {
            const ssize_t sent = ::send(socket.get(), out.data(), out.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent < 0 && errno == EINTR) continue;
            if (sent < 0 && errno == EAGAIN) break;
            if (sent < 0)
                out.clear();  // it is dead: the socket's end says so
            else if (static_cast<std::size_t>(sent) == out.size())
                out.clear();
            else
                out.erase(0, static_cast<std::size_t>(sent));
        }
        if (waited == !out.empty()) return;
        watch(epoll_, EPOLL_CTL_MOD, socket.get(), out.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT, slot_);
    }
    // Takes what the socket has; false: it is closed.
    [[nodiscard]] bool read() {
        std::array<char, 4096> buffer;  // NOLINT: filled by recv
        for (;;) {
            const ssize_t count = ::recv(socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return errno == EAGAIN;
            if (count == 0) return false;
            in.add({buffer.data(), static_cast<std::size_t>(count)});
            if (static_cast<std::size_t>(count) < buffer.size()) return true;
        }
    }

  private:
    std::uint64_t slot_;
    int epoll_;
};

ReaperLauncher::ReaperLauncher(int receipts, std::filesystem::path program)
    : program_(std::move(program)), receipts_(receipts) {
    become_subreaper();
    polled_.reset(::epoll_create1(EPOLL_CLOEXEC));
    wake_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!polled_ || !wake_) throw cannot("making a launcher");
    watch(polled_.get(), EPOLL_CTL_ADD, wake_.get(), EPOLLIN, wake_key);
}

ReaperLauncher::~ReaperLauncher() {
    auto grace = Clock::Duration::zero();
    std::uint64_t since = std::numeric_limits<std::uint64_t>::max();
    for (auto& [slot, reaper] : reapers_) {
        if (reaper->tree) {
            grace = std::max(grace, reaper->tree->grace.whole());
            since = std::min(since, reaper->start_ticks);
        }
        ::shutdown(reaper->socket.get(), SHUT_RDWR);
        reaper->signal(SIGCONT);
    }
    SystemClock clock;
    const auto deadline = clock.now() + grace + kill_patience;
    std::vector<std::string> prefixes, folders;
    std::vector<pid_t> killed;
    for (auto& [slot, reaper] : reapers_) {
        const pid_t pid = reaper->child.pid;
        if (reaper->tree) {
            prefixes.push_back(reaper->tree->shm_prefix);
            folders.push_back(reaper->tree->temporary_folder);
        }
        int status = 0;
        if (!ended(reaper->child.pidfd, deadline - clock.now())) reaper->signal(SIGKILL);
        if (ended(reaper->child.pidfd, kill_patience)) ::waitpid(pid, &status, WNOHANG);
        if (WIFSIGNALED(status)) killed.push_back(pid);
    }
    reapers_.clear();
    // A reaper that was killed has left its tree and its group to us.
    for (const pid_t pid : killed) kill_cgroup_of(pid);
    if (!prefixes.empty()) (void)kill_orphans(since);
    for (const pid_t pid : killed) remove_cgroup_of(pid);
    for (const auto& prefix : prefixes) (void)remove_shared_memory_of(prefix);
    for (const auto& path : folders) remove_private_folder(path);
}

ReaperLauncher::Reaper& ReaperLauncher::reaper_of(unsigned slot) {
    auto at = reapers_.find(slot);
    // One that was killed while it had nothing to do costs nobody anything.
    if (at != reapers_.end() && ended(at->second->child.pidfd, Clock::Duration::zero())) {
        bury(at);
        at = reapers_.end();
    }
    if (at == reapers_.end())
        at = reapers_.emplace(slot, std::make_unique<Reaper>(program_, receipts_, polled_.get(), slot)).first;
    return *at->second;
}

void ReaperLauncher::start(unsigned slot, const TreeSpec& spec) {
    try {
        auto frame = encode_start(spec);
        auto& reaper = reaper_of(slot);
        reaper.tree =
            Reaper::Tree{.grace = spec.grace, .shm_prefix = spec.shm_prefix, .temporary_folder = spec.temporary_folder};
        reaper.send(std::move(frame));
    } catch (const Error& error) {
        TreeEvent failed;
        failed.kind = TreeEvent::Kind::start_failed;
        failed.slot = slot;
        failed.why = error.what();
        told_.push_back(std::move(failed));
        const std::uint64_t one = 1;
        if (::write(wake_.get(), &one, sizeof one) < 0) throw cannot("writing to an eventfd");
    }
}

void ReaperLauncher::order(unsigned slot, bool at_once) {
    const auto at = reapers_.find(slot);
    if (at == reapers_.end() || !at->second->tree) return;
    at->second->send(encode_order(at_once ? ReaperRequest::Kind::kill : ReaperRequest::Kind::stop));
    at->second->signal(SIGCONT);
}

void ReaperLauncher::stop(unsigned slot) {
    order(slot, false);
}

void ReaperLauncher::kill(unsigned slot) {
    order(slot, true);
}

std::vector<int> ReaperLauncher::descriptors() const {
    return {polled_.get()};
}

std::vector<TreeEvent> ReaperLauncher::events() {
    std::array<epoll_event, 64> ready{};
    const int count = ::epoll_wait(polled_.get(), ready.data(), static_cast<int>(ready.size()), 0);
    std::set<unsigned> slots;  // socket and pidfd of one may both be ready
    for (const auto& event : std::span(ready).first(static_cast<std::size_t>(std::max(0, count)))) {
        std::uint64_t drained = 0;
        if (event.data.u64 != wake_key)
            slots.insert(static_cast<unsigned>(event.data.u64));
        else if (::read(wake_.get(), &drained, sizeof drained) < 0 && errno != EAGAIN)
            throw cannot("reading an eventfd");
    }
    for (const unsigned slot : slots) receive(slot);
    return std::exchange(told_, {});
}

void ReaperLauncher::receive(unsigned slot) {
    const auto at = reapers_.find(slot);
    if (at == reapers_.end()) return;
    auto& reaper = *at->second;
    // Asked before the last reading: what it said before its end must not be missed.
    bool gone = ended(reaper.child.pidfd, Clock::Duration::zero());
    if (!reaper.out.empty()) reaper.flush(true);
    if (!reaper.read()) gone = true;
    try {
        while (const auto body = reaper.in.next()) {
            auto event = decode_event(*body);
            event.slot = slot;
            event.reaper = reaper.child.pid;
            if (event.kind == TreeEvent::Kind::started && reaper.tree)
                reaper.tree->pid = event.pid;
            else
                reaper.tree.reset();
            told_.push_back(std::move(event));
        }
    } catch (const Error&) {
        gone = true;
    }
    if (gone) bury(at);
}

// The kernel has given all that was below a dead reaper to us, the next subreaper.
unsigned ReaperLauncher::kill_orphans(std::uint64_t since_ticks) const {
    const pid_t self = ::getpid();
    Below below{.ancestor = self, .spared = {}, .since_ticks = since_ticks};
    for (const auto& [slot, reaper] : reapers_) below.spared.insert(reaper->child.pid);
    const auto list = [&] {
        auto orphans = descendants(below);
        for (const auto& orphan : orphans)
            if (orphan.dead() && orphan.ppid == self) ::waitpid(orphan.pid, nullptr, WNOHANG | __WALL);
        return orphans;
    };
    SystemClock clock;
    const auto deadline = clock.now() + kill_patience;
    unsigned alive = kill_all(list);
    // Killed is not yet ended; and whose parent was just killed is ours to reap at the next look.
    while ((alive > 0 || !list().empty()) && clock.now() < deadline) {
        clock.sleep(std::chrono::milliseconds(5));
        alive = kill_all(list);
    }
    return alive;
}

void ReaperLauncher::bury(Reapers::iterator dead) {
    const unsigned slot = dead->first;
    const auto reaper = std::move(dead->second);
    reapers_.erase(dead);
    // Its socket closes before its children become ours: only its end makes that sure.
    reaper->signal(SIGKILL);
    int status = 0;
    if (ended(reaper->child.pidfd, kill_patience)) ::waitpid(reaper->child.pid, &status, WNOHANG);
    if (!reaper->tree) return remove_cgroup_of(reaper->child.pid);
    TreeEvent lost;
    lost.kind = TreeEvent::Kind::lost;
    lost.slot = slot;
    lost.pid = reaper->tree->pid;
    lost.reaper = reaper->child.pid;
    kill_cgroup_of(lost.reaper);
    lost.survivors = kill_orphans(reaper->start_ticks);
    remove_cgroup_of(lost.reaper);
    lost.shared_memory_removed = remove_shared_memory_of(reaper->tree->shm_prefix);
    remove_private_folder(reaper->tree->temporary_folder);
    lost.why = fmt::format("its reaper (process {}) ended before it: {}; what it held was killed, start it again",
                           lost.reaper, ExitStatus::from_wait(status).text());
    told_.push_back(std::move(lost));
}

}  // namespace hlaunch
