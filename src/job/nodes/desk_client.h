// One rank's word with rank 0's desk (queue/desk.h), through the hlaunch-mpi that started it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "job/request/launcher_rank.h"
#include "os/io/message_socket.h"
#include "os/process/environment.h"
#include "queue/rank_message.h"

namespace hlaunch {

class DeskClient {
  public:
    // Called some times a second while an answer is waited for; throws (Interrupted) to give up.
    using Patience = std::function<void()>;
    struct Offered {
        std::uint64_t id = 0;
        double cost = 1.0;
    };

    // Where hlaunch-mpi started us: from then on its end is a SIGTERM to us. Else nothing.
    [[nodiscard]] static std::unique_ptr<DeskClient> of(const Environment& environment);
    explicit DeskClient(MessageSocket socket) : socket_(std::move(socket)) {}

    void hello(std::size_t placements, const Clock& clock);  // with the host's name and what its clock says
    void offer(const std::string& of, const std::vector<Offered>& parts);  // of rank 0; the next once all have ended
    // A share that is worth a start, of the offer whose name begins so; none: nothing is left to do. wait: until that
    // is sure.
    [[nodiscard]] std::vector<std::uint64_t> take(const std::string& of, unsigned at_once, bool wait,
                                                  const Patience& patience);
    [[nodiscard]] const std::string& dealt_of() const { return dealt_of_; }  // what rank 0 offered
    // Whether some of the last share were another's, which may have done them before it went.
    [[nodiscard]] bool dealt_again() const { return dealt_again_; }
    void ended(const std::vector<std::uint64_t>& ids, double seconds);  // of all together
    void failed(const std::vector<std::uint64_t>& ids);
    void leave(int code, nlohmann::json facts = nlohmann::json::object());
    // Until all others have left: what they said then.
    struct Rest {
        std::vector<nlohmann::json> left;
        std::uint64_t messages = 0;  // that the desk had and sent
    };
    [[nodiscard]] Rest await_rest(const Patience& patience);

    // A piece of a file, or a note that follows files; waits where too many are on their way.
    void send_piece(unsigned to, nlohmann::json facts, std::string bytes, const Patience& patience);
    void on_piece(std::function<void(const RankMessage&)> take) { take_piece_ = std::move(take); }
    [[nodiscard]] nlohmann::json await_note(const Patience& patience);
    // Of rank 0: until that rank has sent a note, or, false, has left without one.
    [[nodiscard]] bool await_note_of(unsigned from, const Patience& patience);
    // Of rank 0, to all others.
    void send_note(unsigned ranks, const nlohmann::json& note, const Patience& patience);

  private:
    void send(const RankMessage& message, const Patience& patience = {});
    void hear(Clock::Duration limit);
    // Until there is such a one, or one of that kind.
    using Wanted = std::function<bool(const RankMessage&)>;
    [[nodiscard]] RankMessage await(const Wanted& wanted, const Patience& patience);
    [[nodiscard]] RankMessage await_kind(const std::string& kind, const Patience& patience);

    MessageSocket socket_;
    std::deque<RankMessage> heard_;
    std::function<void(const RankMessage&)> take_piece_;
    std::string dealt_of_;
    bool dealt_again_ = false;
    unsigned on_their_way_ = 0;
};

// One of several ranks, and its way to the others.
struct RankDesk {
    DeskClient& desk;
    WorkerRank rank;
};

}  // namespace hlaunch
