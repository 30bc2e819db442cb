#include "queue/coordinator.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/text/quantity.h"

namespace hlaunch {
namespace {

constexpr unsigned patience = 8;  // starts of others before a node is kept free for a part that needs its memory
constexpr std::size_t most_in_share = 1000;  // in one answer
constexpr unsigned look_ahead = 64;          // parts of a kind that are looked at for one that fits

}  // namespace

Coordinator::Coordinator(std::vector<QueueNode> nodes, std::vector<QueuePart> parts) {
    std::uint64_t largest = 0;
    bool unknown = false;
    for (const auto& node : nodes) {
        nodes_.emplace_back().memory_bytes = node.memory_bytes;
        largest = std::max(largest, node.memory_bytes);
        unknown = unknown || node.memory_bytes == 0;
    }
    std::map<std::string, std::size_t> kinds;
    parts_.reserve(parts.size());
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto& part = parts[i];
        if (!unknown && part.memory_bytes > largest)
            throw usage_error("part {} needs {}, more than any node has ({})", i, format_bytes(part.memory_bytes),
                              format_bytes(largest));
        const auto [at, fresh] = kinds.try_emplace(part.kind, kinds.size());
        if (fresh) kinds_.emplace_back();
        const double cost = std::isfinite(part.cost) && part.cost > 0.0 ? part.cost : 0.0;
        auto& known = parts_.emplace_back();
        known.kind = at->second;
        known.cost = cost;
        known.memory_bytes = part.memory_bytes;
        kinds_[at->second].waiting.emplace(cost, i);
    }
    waiting_count_ = parts_.size();
    for (const auto& part : parts_) waiting_cost_ += part.cost;
}

bool Coordinator::fits(const Node& node, const Part& part) const {
    if (node.memory_bytes == 0 || part.memory_bytes == 0) return true;
    return node.used_bytes + part.memory_bytes <= node.memory_bytes;
}

double Coordinator::expected_seconds(std::size_t part) const {
    return parts_.at(part).cost * kinds_[parts_[part].kind].ratio();
}

std::optional<std::size_t> Coordinator::next(std::size_t index) {
    auto& node = nodes_.at(index);
    if (node.gone || waiting_count_ == 0) return std::nullopt;
    if (node.reserved_for) {
        if (!fits(node, parts_[*node.reserved_for])) return std::nullopt;
        return start(index, *node.reserved_for);
    }
    std::optional<std::size_t> best;
    double best_seconds = -1.0;
    std::vector<std::size_t> too_large;  // longer than the best, but without room
    for (auto& kind : kinds_) {
        unsigned looked = 0;
        for (const auto& [cost, part] : kind.waiting) {
            const double seconds = cost * kind.ratio();
            if (seconds <= best_seconds || ++looked > look_ahead) break;
            if (!fits(node, parts_[part])) {
                if (node.memory_bytes == 0 || parts_[part].memory_bytes <= node.memory_bytes) too_large.push_back(part);
                continue;
            }
            best = part;
            best_seconds = seconds;
            break;
        }
    }
    for (const auto part : too_large)
        if (++parts_[part].passed_over > patience) {
            forget_reservation(part);
            node.reserved_for = part;
            return std::nullopt;
        }
    return best ? std::optional(start(index, *best)) : std::nullopt;
}

std::vector<std::size_t> Coordinator::next_share(std::size_t node, unsigned at_once, double all_at_once) {
    const double target = waiting_cost_ * at_once / (2.0 * std::max(1.0, all_at_once));
    std::vector<std::size_t> out;
    for (double sum = 0.0; out.size() < at_once || (sum < target && out.size() < most_in_share);) {
        const auto part = next(node);
        if (!part) break;
        out.push_back(*part);
        sum += parts_[*part].cost;
    }
    return out;
}

void Coordinator::forget_reservation(std::size_t part) {
    for (auto& node : nodes_)
        if (node.reserved_for == part) node.reserved_for.reset();
}

std::size_t Coordinator::start(std::size_t node, std::size_t index) {
    auto& part = parts_[index];
    auto& waiting = kinds_[part.kind].waiting;
    for (auto [at, end] = waiting.equal_range(part.cost); at != end; ++at)
        if (at->second == index) {
            waiting.erase(at);
            break;
        }
    if (part.passed_over > patience) forget_reservation(index);
    part.node = node;
    nodes_[node].used_bytes += part.memory_bytes;
    --waiting_count_;
    waiting_cost_ -= part.cost;
    ++running_count_;
    return index;
}

void Coordinator::stop_running(Part& part) {
    nodes_[part.node.value()].used_bytes -= part.memory_bytes;
    part.node.reset();
    --running_count_;
}

void Coordinator::ended(std::size_t index, double seconds) {
    auto& part = parts_.at(index);
    stop_running(part);
    if (!std::isfinite(seconds) || seconds <= 0.0) return;
    kinds_[part.kind].seconds += seconds;
    kinds_[part.kind].cost += part.cost;
}

void Coordinator::failed(std::size_t index) {
    stop_running(parts_.at(index));
}

void Coordinator::put_back(std::size_t index) {
    auto& part = parts_.at(index);
    stop_running(part);
    kinds_[part.kind].waiting.emplace(part.cost, index);
    ++waiting_count_;
}

void Coordinator::node_gone(std::size_t node) {
    nodes_.at(node).gone = true;
    nodes_[node].reserved_for.reset();
}

}  // namespace hlaunch
