// Rank 0's desk: who is there, who does which part, who has not been heard of. Pure: messages and the time go in,
// messages and lines for the user come out; no MPI in it.
//
// What a rank says, and what the desk answers:
// - hello {host, placements, clock_s}
// - offer {of, parts: [[id, cost, bytes]...], more}: of rank 0; before that, who takes waits; the next once all of the
//   last has ended
// - take {of, at_once, wait} -> parts {of, ids, again}; no ids: nothing is left, or without wait nothing is now
// - ended {ids, seconds}, failed {ids}
// - await -> left {rank, host, ...} for each other rank, then rest {messages}: when all but this one have left
// - file {to, ...}, got {to, ...} -> the same to that rank, with "from"
// - leave {code, ...} -> gone {rank}, to rank 0
// - beat; the desk's own to all, each second
// And to all, once: end {why}, when a rank is lost; over, when all have left.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "queue/coordinator.h"
#include "queue/rank_message.h"

namespace hlaunch {

class Desk {
  public:
    struct Outgoing {
        unsigned rank = 0;
        RankMessage message;
    };

    // deadline: so long a rank may be silent.
    Desk(unsigned ranks, Clock::Duration deadline, Clock::Time now);

    void receive(unsigned rank, RankMessage message, Clock::Time now, double wall_s);
    void look(Clock::Time now);        // at least each second: beats, the deadline
    void end(const std::string& why);  // all stop

    [[nodiscard]] std::vector<Outgoing> take_outgoing();
    [[nodiscard]] std::vector<std::string> take_news();                   // lines for the user
    [[nodiscard]] bool over() const { return left_ == members_.size(); }  // all have left
    [[nodiscard]] const std::optional<std::string>& ending() const { return ending_; }
    // All that can still be heard of have left, after end().
    [[nodiscard]] bool ended() const;
    [[nodiscard]] std::uint64_t messages() const { return messages_; }  // in and out, but for beats

  private:
    struct Member {
        std::string host;
        unsigned placements = 1, at_once = 0;
        Clock::Time heard{};
        std::set<std::size_t> doing;
        std::string of;  // what it takes: the beginning of an offer's name
        bool left = false, lost = false, waits = false, awaits = false;
        nlohmann::json leaving;
    };
    void hello(unsigned rank, const RankMessage& message, double wall_s);
    void offer(const RankMessage& message);
    void ended(unsigned rank, const RankMessage& message, bool well);
    void leave(unsigned rank, const RankMessage& message);
    void pass_on(unsigned rank, RankMessage message);
    void answer(unsigned rank);
    void answer_all();
    [[nodiscard]] bool offered_to(const Member& member) const { return coordinator_ && of_.starts_with(member.of); }
    [[nodiscard]] bool is_past(const std::string& of) const;
    [[nodiscard]] std::vector<std::size_t> share_of(unsigned rank);
    void send(unsigned rank, RankMessage message);
    [[nodiscard]] std::string name(unsigned rank) const;

    std::vector<Member> members_;
    Clock::Duration deadline_;
    Clock::Time next_beat_{};
    std::optional<Coordinator> coordinator_;
    std::string of_;
    std::vector<std::string> past_;   // offers all of whose parts have ended
    std::vector<QueuePart> offered_;  // while more is to come
    std::vector<std::uint64_t> ids_;  // by part
    std::map<std::uint64_t, std::size_t> part_of_;
    std::set<std::size_t> put_back_;
    std::size_t left_ = 0;
    std::optional<std::string> ending_;
    std::vector<Outgoing> outgoing_;
    std::vector<std::string> news_;
    std::uint64_t messages_ = 0;
};

}  // namespace hlaunch
