#include "mpi/bridge.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "base/error.h"
#include "base/json_fields.h"
#include "base/text/quantity.h"
#include "os/host/host.h"
#include "os/process/process_info.h"

namespace hlaunch {
namespace {

constexpr auto beat_interval = std::chrono::seconds(1);
// While nothing happens the network is looked at ever less often: MPI has no descriptor to wait for.
constexpr auto shortest_sleep = std::chrono::microseconds(100), longest_sleep = std::chrono::microseconds(5000);

double wall_seconds(const Clock& clock) {
    return std::chrono::duration<double>(clock.wall().time_since_epoch()).count();
}

}  // namespace

Bridge::Bridge(MpiLink& link, MessageSocket& socket, Child& child, const sigset_t& held, BridgeTimes times)
    : link_(link),
      socket_(socket),
      child_(child),
      held_(held),
      times_(times),
      heard_(clock_.now()),
      child_went_on_(heard_),
      next_look_(heard_) {
    if (link.rank() == 0) desk_.emplace(link.ranks(), times.deadline, clock_.now());
}

void Bridge::say(const std::string& line) const {
    fmt::print(stderr, "hlaunch: {}\n", line);
}

void Bridge::to_desk(RankMessage message) {
    if (desk_)
        desk_->receive(0, std::move(message), clock_.now(), wall_seconds(clock_));
    else
        link_.send(0, encode(message));
}

void Bridge::stop_child() {
    if (ending_since_) return;
    ending_since_ = clock_.now();
    if (!left_) signal_child(SIGTERM);  // else it is about to end, perhaps with a word on why
}

void Bridge::signal_child(int number) {
    if (ended_) return;
    ::syscall(SYS_pidfd_send_signal, child_.pidfd.get(), number, nullptr, 0);
    // One that was stopped would not hear it.
    if (number == SIGTERM) ::syscall(SYS_pidfd_send_signal, child_.pidfd.get(), SIGCONT, nullptr, 0);
}

// False: it has been stopped (SIGSTOP) for longer than a moment. MPI would not notice.
bool Bridge::child_goes_on() {
    const auto process = read_process(child_.pid);
    if (ended_ || !process || process->state != 'T') child_went_on_ = clock_.now();
    return clock_.now() - child_went_on_ < 3 * beat_interval;
}

bool Bridge::pass_signals() {
    const timespec now{};
    const int number = ::sigtimedwait(&held_, nullptr, &now);
    if (number <= 0) return false;
    signal_child(number);
    return true;
}

bool Bridge::from_child() {
    const auto text = socket_.receive(Clock::Duration::zero());
    if (!text) return false;
    auto message = decode(*text);
    left_ = left_ || message.kind() == "leave";
    to_desk(std::move(message));
    return true;
}

bool Bridge::from_others() {
    auto received = link_.receive();
    if (!received) return false;
    auto message = decode(received->message);
    if (desk_)
        desk_->receive(received->rank, std::move(message), clock_.now(), wall_seconds(clock_));
    else
        handle(std::move(message));
    return true;
}

void Bridge::handle(RankMessage message) {
    heard_ = clock_.now();
    const auto kind = message.kind();
    if (kind == "beat") return;
    if (kind == "over")
        over_ = true;
    else if (kind == "end")
        stop_child();
    else
        to_child_.push_back(encode(message));
}

bool Bridge::distribute() {
    bool any = false;
    for (auto& [rank, message] : desk_->take_outgoing()) {
        any = true;
        if (rank == 0)
            handle(std::move(message));
        else
            link_.send(rank, encode(message));
    }
    for (const auto& line : desk_->take_news()) say(line);
    return any;
}

bool Bridge::flush() {
    bool any = false;
    while (!to_child_.empty() && !socket_.closed() && !ended_) try {
            if (!socket_.try_send(to_child_.front())) break;
            to_child_.pop_front();
            any = true;
        } catch (const Error&) {
            break;  // it has ended, as its status will tell
        }
    static_cast<void>(link_.all_sent());
    return any;
}

bool Bridge::nothing_of_it_runs() {
    int status = 0;
    pid_t pid = 0;
    do pid = ::waitpid(-1, &status, WNOHANG);
    while (pid > 0);
    return pid < 0;  // ECHILD: no child, nor an orphan
}

bool Bridge::look_after_child() {
    if (ended_ && left_) return false;
    if (!ended_) {
        pollfd poll{child_.pidfd.get(), POLLIN, 0};
        if (::poll(&poll, 1, 0) <= 0) return false;
        ended_ = try_wait(child_.pid);
        if (!ended_) return false;
        ended_at_ = clock_.now();
        while (from_child()) {
        }
    }
    // Another rank must not begin with what its reapers are still ending.
    if (!left_ && !nothing_of_it_runs() && clock_.now() - *ended_at_ < times_.goodbye) return false;
    if (!left_) to_desk({{{"kind", "leave"}, {"code", ended_->shell_code()}}});
    left_ = true;
    return true;
}

void Bridge::look() {
    const auto now = clock_.now();
    if (now < next_look_) return;
    next_look_ = now + beat_interval;
    const auto deadline_text = format_duration(std::chrono::duration<double>(times_.deadline).count());
    const bool goes_on = child_goes_on();
    if (desk_) {
        desk_->look(now);
        if (now - child_went_on_ > times_.deadline && !desk_->ending()) {
            say(fmt::format(
                "hlaunch of rank 0 on {} has been stopped for {}: all end; what is done is kept, the same command "
                "again does the rest",
                read_host_identity().name, deadline_text));
            desk_->end("rank 0 has been stopped");
        }
        return;
    }
    if (goes_on) link_.send(0, encode({{{"kind", "beat"}}}));
    if (now - heard_ <= times_.deadline || ending_since_) return;
    say(fmt::format(
        "rank {} on {} has not heard of rank 0 for {} (stopped, or its network is gone): it ends, what it has "
        "done is kept",
        link_.rank(), read_host_identity().name, deadline_text));
    stop_child();
}

bool Bridge::step() {
    bool any = pass_signals();
    for (unsigned i = 0; i < 100 && from_others(); ++i) any = true;
    for (unsigned i = 0; i < 100 && from_child(); ++i) any = true;
    if (look_after_child()) any = true;
    look();
    if (desk_ && distribute()) any = true;
    if (flush()) any = true;
    return any;
}

int Bridge::run() {
    auto sleep = shortest_sleep;
    for (;;) {
        sleep = step() ? shortest_sleep : std::min(2 * sleep, longest_sleep);
        const auto now = clock_.now();
        if (desk_ && desk_->over() && !over_) {
            for (unsigned rank = 1; rank < link_.ranks(); ++rank) link_.send(rank, encode({{{"kind", "over"}}}));
            over_ = true;
        }
        // Without rank 0, or with a rank lost, nobody can finish: MPI would wait for it for ever.
        const bool late = ending_since_ && now - *ending_since_ > times_.goodbye;
        if (desk_ && desk_->ending() && !desk_->over() && ((desk_->ended() && ended_) || late))
            link_.abort(static_cast<int>(ExitCode::infrastructure));
        if (!desk_ && ending_since_ && now - heard_ > times_.deadline && (ended_ || late))
            link_.abort(static_cast<int>(ExitCode::infrastructure));
        if (over_ && ended_ && link_.all_sent()) return ended_->shell_code();
        // A message of the child wakes us; one of MPI is seen at the next look.
        std::array<pollfd, 2> polled{pollfd{socket_.closed() ? -1 : socket_.descriptor(), POLLIN, 0},
                                     pollfd{ended_ ? -1 : child_.pidfd.get(), POLLIN, 0}};
        const timespec time{0, static_cast<long>(std::chrono::nanoseconds(sleep).count())};
        ::ppoll(polled.data(), polled.size(), &time, nullptr);
    }
}

}  // namespace hlaunch
