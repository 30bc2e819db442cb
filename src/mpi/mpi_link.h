// Messages between ranks over MPI_COMM_WORLD, none of which ever waits: what cannot be sent now is kept.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>

namespace hlaunch {

class MpiLink {
  public:
    // MPI_Init; one at a time in a process. Signals that are blocked before stay so in MPI's threads.
    MpiLink(int& argc, char**& argv);
    MpiLink(const MpiLink&) = delete;
    MpiLink& operator=(const MpiLink&) = delete;
    ~MpiLink();  // whatever was not finished: nothing

    [[nodiscard]] unsigned rank() const { return rank_; }
    [[nodiscard]] unsigned ranks() const { return ranks_; }

    void send(unsigned rank, std::string message);
    struct Received {
        unsigned rank = 0;
        std::string message;
    };
    [[nodiscard]] std::optional<Received> receive();
    [[nodiscard]] bool all_sent();  // also moves on what is being sent

    void finish();                      // MPI_Finalize: waits for all ranks
    [[noreturn]] void abort(int code);  // of all ranks; of this one at least

  private:
    struct Sending;
    unsigned rank_ = 0, ranks_ = 1;
    std::list<std::unique_ptr<Sending>> sending_;  // MPI reads them until they are sent
};

}  // namespace hlaunch
