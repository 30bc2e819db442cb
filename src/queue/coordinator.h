// Who does what next, over all placements of all nodes: the longest part that fits in the node's memory, by what
// finished parts say of the costs. Pure: placements ask, ends are told; the same for real nodes and for simulated ones.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hlaunch {

struct QueuePart {
    std::string kind;                // parts of one kind share their ratio of seconds to cost
    double cost = 1.0;               // in whatever its kind counts
    std::uint64_t memory_bytes = 0;  // 0: not known, fits anywhere
};

struct QueueNode {
    unsigned placements = 1;
    std::uint64_t memory_bytes = 0;  // 0: not known, any
};

class Coordinator {
  public:
    // parts: known beforehand. Throws usage Error where one needs more memory than any node has.
    Coordinator(std::vector<QueueNode> nodes, std::vector<QueuePart> parts);

    // For a placement of that node that has nothing to do: the part to start there now; nothing: none fits now (ask
    // again after an end on that node), or none is left.
    [[nodiscard]] std::optional<std::size_t> next(std::size_t node);
    // A share for a node that starts so many at once, of all that start at once on all nodes: half of what is left, by
    // that ratio, but at least one for each, so that all end together although costs are but estimates, and a start of
    // the application is not paid for each part (factoring: Hummel, Schonberg and Flynn 1992). At most 1,000 parts.
    [[nodiscard]] std::vector<std::size_t> next_share(std::size_t node, unsigned at_once, double all_at_once);
    void ended(std::size_t part, double seconds);  // well; corrects the costs of its kind
    void failed(std::size_t part);                 // it is not tried again
    void put_back(std::size_t part);               // its node is gone, or it is to be tried again
    void node_gone(std::size_t node);  // nothing is started there any more; its parts are put back by the caller

    [[nodiscard]] double expected_seconds(std::size_t part) const;  // cost times what its kind took so far
    [[nodiscard]] std::size_t waiting() const { return waiting_count_; }
    [[nodiscard]] std::size_t running() const { return running_count_; }
    [[nodiscard]] bool finished() const { return waiting_count_ == 0 && running_count_ == 0; }
    [[nodiscard]] std::uint64_t memory_in_use(std::size_t node) const { return nodes_.at(node).used_bytes; }

  private:
    struct Node {
        std::uint64_t memory_bytes = 0, used_bytes = 0;
        std::optional<std::size_t> reserved_for;  // a part that has waited long enough for room
        bool gone = false;
    };
    struct Part {
        std::size_t kind = 0;
        double cost = 1.0;
        std::uint64_t memory_bytes = 0;
        std::optional<std::size_t> node;  // where it runs
        unsigned passed_over = 0;
    };
    struct Kind {
        std::multimap<double, std::size_t, std::greater<>> waiting;  // by cost
        double seconds = 0.0, cost = 0.0;                            // of its parts that have ended
        [[nodiscard]] double ratio() const { return cost > 0.0 ? seconds / cost : 1.0; }
    };

    [[nodiscard]] bool fits(const Node& node, const Part& part) const;
    std::size_t start(std::size_t node, std::size_t part);
    void stop_running(Part& part);
    void forget_reservation(std::size_t part);

    std::vector<Node> nodes_;
    std::vector<Part> parts_;
    std::vector<Kind> kinds_;
    std::size_t waiting_count_ = 0, running_count_ = 0;
    double waiting_cost_ = 0.0;
};

}  // namespace hlaunch
