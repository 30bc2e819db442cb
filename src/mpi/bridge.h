// What stands between one rank's hlaunch, which knows no MPI, and the other ranks: passes messages on, gives signs of
// life, and ends it when rank 0 or the network is gone. On rank 0 it keeps the desk. Its process is the reaper of
// orphans (become_subreaper): where its hlaunch dies, it says so once all that it had started has ended.
#pragma once

#include <csignal>
#include <deque>
#include <optional>
#include <string>

#include "base/clock.h"
#include "mpi/mpi_link.h"
#include "os/io/message_socket.h"
#include "os/spawn/child.h"
#include "queue/desk.h"

namespace hlaunch {

struct BridgeTimes {
    Clock::Duration deadline = std::chrono::seconds(30);  // of silence
    Clock::Duration goodbye = std::chrono::seconds(60);   // for the others to end, once the end is decided
};

class Bridge {
  public:
    // child: our hlaunch, at the other end of the socket. held: the signals to pass on to it, blocked.
    Bridge(MpiLink& link, MessageSocket& socket, Child& child, const sigset_t& held, BridgeTimes times);

    // Until all ranks have left; returns the child's exit code. Does not return where a rank is lost: MPI_Abort.
    [[nodiscard]] int run();

  private:
    bool step();  // whether anything happened
    bool pass_signals();
    bool from_child();
    bool from_others();
    bool look_after_child();
    bool nothing_of_it_runs();
    void handle(RankMessage message);  // from rank 0
    void to_desk(RankMessage message);
    bool distribute();
    bool flush();
    void stop_child();
    void signal_child(int number);
    void look();  // each second: signs of life, ours and others'
    [[nodiscard]] bool child_goes_on();
    void say(const std::string& line) const;

    MpiLink& link_;
    MessageSocket& socket_;
    Child& child_;
    sigset_t held_;
    BridgeTimes times_;
    SystemClock clock_;
    std::optional<Desk> desk_;  // on rank 0
    std::deque<std::string> to_child_;
    std::optional<ExitStatus> ended_;
    std::optional<Clock::Time> ending_since_, ended_at_;
    Clock::Time heard_, child_went_on_, next_look_;
    bool left_ = false, over_ = false;
};

}  // namespace hlaunch
