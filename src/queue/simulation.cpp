#include "queue/simulation.h"

#include <algorithm>
#include <deque>
#include <queue>
#include <tuple>
#include <utility>

namespace hlaunch {
namespace {

// Bytes by second of the run; starts and ends come in the order of time.
class FileSystemLoad {
  public:
    void add(double at_s, double within_s, double bytes) {
        // The window of one second moves along; what began before it is out.
        within_s = std::max(1.0, within_s);
        const double rate = bytes / within_s;
        total_ += bytes;
        rate_ += rate;
        active_.emplace(at_s + within_s, rate);
        while (!active_.empty() && active_.top().first <= at_s) {
            rate_ -= active_.top().second;
            active_.pop();
        }
        peak_rate_ = std::max(peak_rate_, rate_);
    }
    [[nodiscard]] double total() const { return total_; }
    [[nodiscard]] double peak_rate() const { return peak_rate_; }
    [[nodiscard]] std::size_t active() const { return active_.size(); }

  private:
    using Ending = std::pair<double, double>;  // when, and by how much the rate falls
    std::priority_queue<Ending, std::vector<Ending>, std::greater<>> active_;
    double rate_ = 0.0, peak_rate_ = 0.0, total_ = 0.0;
};

// As a rank works through what the desk has dealt it: on all of its placements, asking for more when nothing of it is
// left.
struct SimulatedNode {
    unsigned idle = 0;  // placements
    std::deque<std::size_t> share{};
    std::uint64_t used_bytes = 0;
    bool something_ended = false;  // since it last asked
};

double lower_bound(std::vector<double> seconds, std::size_t placements) {
    if (seconds.empty() || placements == 0) return 0.0;
    double sum = 0.0;
    for (const double each : seconds) sum += each;
    double out = std::max(sum / static_cast<double>(placements), *std::max_element(seconds.begin(), seconds.end()));
    if (seconds.size() > placements) {  // two of the first m + 1 share a placement
        std::nth_element(seconds.begin(), seconds.begin() + static_cast<std::ptrdiff_t>(placements), seconds.end(),
                         std::greater<>());
        const double next = seconds[placements];
        const double last =
            *std::min_element(seconds.begin(), seconds.begin() + static_cast<std::ptrdiff_t>(placements));
        out = std::max(out, last + next);
    }
    return out;
}

}  // namespace

SimulationResult simulate(const std::vector<QueueNode>& nodes, const SimulatedWork& work) {
    std::vector<QueuePart> parts;
    std::vector<double> seconds;
    for (const auto& part : work.parts) {
        parts.push_back(part.part);
        seconds.push_back(part.seconds + work.start_s);
    }
    Coordinator coordinator(nodes, std::move(parts));
    SimulationResult out;
    FileSystemLoad load, starts;
    using End = std::tuple<double, std::size_t, std::size_t>;  // when, node, part
    std::priority_queue<End, std::vector<End>, std::greater<>> ends;
    std::vector<SimulatedNode> at_work;
    std::size_t placements = 0;
    for (const auto& node : nodes) {
        at_work.push_back({.idle = node.placements});
        placements += node.placements;
    }
    const auto fill = [&](std::size_t index, double now) {
        auto& node = at_work[index];
        while (node.idle > 0) {
            if (node.share.empty()) {
                const auto share =
                    coordinator.next_share(index, nodes[index].placements, static_cast<double>(placements));
                node.share.assign(share.begin(), share.end());
                // It tells what has ended, asks, and is answered.
                out.messages += std::exchange(node.something_ended, false) ? 3 : 2;
            }
            if (node.share.empty()) return;
            const auto part = node.share.front();
            node.share.pop_front();
            --node.idle;
            ends.emplace(now + seconds[part], index, part);
            out.busy_s += seconds[part];
            node.used_bytes += work.parts[part].part.memory_bytes;
            out.peak_node_bytes = std::max(out.peak_node_bytes, node.used_bytes);
            load.add(now, work.start_s, static_cast<double>(work.read_bytes));
            starts.add(now, work.start_s, 1.0);
            out.peak_starts = std::max(out.peak_starts, starts.active());
        }
    };
    for (std::size_t node = 0; node < nodes.size(); ++node) fill(node, 0.0);
    while (!ends.empty()) {
        const auto [now, node, part] = ends.top();
        ends.pop();
        out.makespan_s = now;
        coordinator.ended(part, seconds[part]);
        load.add(now, 1.0, static_cast<double>(work.write_bytes));
        ++at_work[node].idle;
        at_work[node].used_bytes -= work.parts[part].part.memory_bytes;
        at_work[node].something_ended = true;
        fill(node, now);
    }
    out.lower_bound_s = lower_bound(seconds, placements);
    if (out.makespan_s > 0.0) {
        out.idle_share = 1.0 - out.busy_s / (out.makespan_s * static_cast<double>(placements));
        out.mean_bytes_per_s = load.total() / out.makespan_s;
    }
    out.peak_bytes_per_s = load.peak_rate();
    return out;
}

}  // namespace hlaunch
