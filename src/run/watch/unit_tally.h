// What the units captured so far (a shard's draws) say of the sampling.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>

namespace hlaunch {

struct UnitNews {
    std::uint64_t draws = 0;  // over all chains
    double r_hat = 0.0;       // of its worst parameter; NaN: not known
};

class UnitTally {
  public:
    // Of a file; nothing where it cannot be read.
    using Read = std::function<std::optional<UnitNews>(const std::string& path)>;

    // Reads one file of the folder that was not read before, if there is any: a large one takes a while, and processes
    // are to be looked after meanwhile.
    void look(const std::string& folder, const Read& read);

    [[nodiscard]] std::uint64_t draws() const { return draws_; }
    [[nodiscard]] std::optional<double> r_hat() const { return r_hat_; }  // of the worst

  private:
    std::set<std::string> seen_;
    std::uint64_t draws_ = 0;
    std::optional<double> r_hat_;
};

}  // namespace hlaunch
