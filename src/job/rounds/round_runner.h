// Brings the requests of a round to the processes that hold the points, whoever keeps those.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>

namespace hlaunch {

class RoundRunner {
  public:
    using Requests = std::function<nlohmann::json(unsigned process)>;  // null: nothing for this one

    virtual ~RoundRunner() = default;
    [[nodiscard]] virtual unsigned processes() const = 0;
    // Until each has answered its own request. Throws where one cannot go on.
    virtual void run_round(const Requests& requests) = 0;
};

}  // namespace hlaunch
