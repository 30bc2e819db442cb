#include "queue/desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/json_fields.h"
#include "base/text/quantity.h"

namespace hlaunch {
namespace {

constexpr auto beat_interval = std::chrono::seconds(1);
constexpr double clock_tolerance_s = 10.0;  // times of files and journals are compared by people
constexpr std::size_t most_at_once = 1000;  // parts in one answer

nlohmann::json of_kind(const char* kind) {
    return {{"kind", kind}};
}

std::vector<std::uint64_t> ids_in(const RankMessage& message) {
    std::vector<std::uint64_t> out;
    for (const auto& id : list_in(message.facts, "ids"))
        if (id.is_number_unsigned()) out.push_back(id.get<std::uint64_t>());
    return out;
}

}  // namespace

Desk::Desk(unsigned ranks, Clock::Duration deadline, Clock::Time now)
    : members_(ranks), deadline_(deadline), next_beat_(now + beat_interval) {
    for (auto& member : members_) member.heard = now;
}

std::string Desk::name(unsigned rank) const {
    const auto& host = members_.at(rank).host;
    return host.empty() ? fmt::format("rank {}", rank) : fmt::format("rank {} on {}", rank, host);
}

void Desk::send(unsigned rank, RankMessage message) {
    if (message.kind() != "beat") ++messages_;
    outgoing_.push_back({rank, std::move(message)});
}

void Desk::receive(unsigned rank, RankMessage message, Clock::Time now, double wall_s) {
    auto& member = members_.at(rank);
    member.heard = now;
    const auto kind = message.kind();
    if (kind == "beat") return;
    ++messages_;
    if (kind == "hello") return hello(rank, message, wall_s);
    if (kind == "offer") return offer(message);
    if (kind == "ended" || kind == "failed") return ended(rank, message, kind == "ended");
    if (kind == "file" || kind == "got") return pass_on(rank, std::move(message));
    if (kind == "leave") return leave(rank, message);
    if (kind == "take") {
        const auto at_once = count_in(message.facts, "at_once");
        member.at_once = static_cast<unsigned>(std::clamp<std::uint64_t>(at_once, 1, most_at_once));
        member.waits = flag_in(message.facts, "wait");
        member.of = text_in(message.facts, "of");
        if (offered_to(member) && !member.waits) return answer(rank);
        member.waits = true;
    }
    if (kind == "await") member.awaits = true;
    answer_all();
}

void Desk::hello(unsigned rank, const RankMessage& message, double wall_s) {
    auto& member = members_[rank];
    member.host = text_in(message.facts, "host");
    member.placements =
        static_cast<unsigned>(std::clamp<std::uint64_t>(count_in(message.facts, "placements"), 1, 10'000));
    const double off = number_in(message.facts, "clock_s").value_or(wall_s) - wall_s;
    if (std::abs(off) > clock_tolerance_s)
        news_.push_back(
            fmt::format("warning: the clock of {} is {} {}; the times of its files and in its journal are, too",
                        name(rank), format_duration(std::abs(off)), off > 0 ? "ahead" : "behind"));
}

void Desk::offer(const RankMessage& message) {
    const auto of = text_in(message.facts, "of");
    if (coordinator_) {
        if (!coordinator_->finished() || of == of_)
            throw infrastructure_error("parts were offered twice to the other ranks");
        past_.push_back(of_);
        coordinator_.reset();
        offered_.clear();
        ids_.clear();
        part_of_.clear();
        put_back_.clear();
    }
    of_ = of;
    for (const auto& part : list_in(message.facts, "parts")) {
        if (!part.is_array() || part.empty() || !part[0].is_number_unsigned()) continue;
        const auto id = part[0].get<std::uint64_t>();
        if (!part_of_.emplace(id, offered_.size()).second) continue;
        const double cost = part.size() > 1 && part[1].is_number() ? part[1].get<double>() : 1.0;
        offered_.push_back(
            {.kind = of_,
             .cost = std::isfinite(cost) && cost > 0.0 ? cost : 0.0,
             .memory_bytes = part.size() > 2 && part[2].is_number_unsigned() ? part[2].get<std::uint64_t>() : 0});
        ids_.push_back(id);
    }
    if (flag_in(message.facts, "more")) return;
    coordinator_.emplace(std::vector<QueueNode>(members_.size()), offered_);
    for (unsigned rank = 0; rank < members_.size(); ++rank)
        if (members_[rank].left) coordinator_->node_gone(rank);
    answer_all();
}

// Over, or never to come.
bool Desk::is_past(const std::string& of) const {
    return std::ranges::any_of(past_, [&](const auto& name) { return name.starts_with(of); }) || members_.front().left;
}

std::vector<std::size_t> Desk::share_of(unsigned rank) {
    double all = 0.0;
    for (const auto& member : members_)
        if (!member.left) all += member.at_once > 0 ? member.at_once : member.placements;
    return coordinator_->next_share(rank, members_[rank].at_once, all);
}

void Desk::answer(unsigned rank) {
    auto& member = members_[rank];
    const auto share = offered_to(member) ? share_of(rank) : std::vector<std::size_t>();
    if (offered_to(member) && share.empty() && member.waits && !coordinator_->finished())
        return;  // one of theirs may come back
    auto facts = of_kind("parts");
    facts["of"] = of_;
    facts["ids"] = nlohmann::json::array();
    for (const auto part : share) {
        facts["ids"].push_back(ids_[part]);
        if (put_back_.contains(part)) facts["again"] = true;
        member.doing.insert(part);
    }
    member.waits = false;
    send(rank, {std::move(facts)});
}

void Desk::answer_all() {
    for (unsigned rank = 0; !ending_ && rank < members_.size(); ++rank) {
        auto& member = members_[rank];
        if (member.waits && !member.left && (offered_to(member) || is_past(member.of))) answer(rank);
    }
    for (unsigned rank = 0; rank < members_.size(); ++rank) {
        auto& member = members_[rank];
        if (!member.awaits || (left_ + 1 < members_.size() && !ending_)) continue;
        member.awaits = false;
        // One by one: together they may be more than a message can hold.
        for (const auto& other : members_)
            if (other.left) {
                auto facts = other.leaving;
                facts["kind"] = "left";
                send(rank, {std::move(facts)});
            }
        auto facts = of_kind("rest");
        facts["messages"] = messages_;
        send(rank, {std::move(facts)});
    }
}

void Desk::ended(unsigned rank, const RankMessage& message, bool well) {
    const auto ids = ids_in(message);
    const double seconds = number_in(message.facts, "seconds").value_or(0.0);
    for (const auto id : ids) {
        const auto part = part_of_.find(id);
        if (part == part_of_.end() || members_[rank].doing.erase(part->second) == 0) continue;
        if (well)
            coordinator_->ended(part->second, seconds / static_cast<double>(ids.size()));
        else
            coordinator_->failed(part->second);
    }
    if (coordinator_ && coordinator_->finished()) answer_all();
}

void Desk::leave(unsigned rank, const RankMessage& message) {
    auto& member = members_[rank];
    if (member.left) return;
    member.left = true;
    member.leaving = message.facts;
    member.leaving["rank"] = rank;
    member.leaving["host"] = member.host;
    ++left_;
    for (const auto part : member.doing) {
        coordinator_->put_back(part);
        put_back_.insert(part);
    }
    if (!member.doing.empty())
        news_.push_back(fmt::format("{} has ended with {} part{} not done, which the others take", name(rank),
                                    member.doing.size(), member.doing.size() == 1 ? "" : "s"));
    member.doing.clear();
    if (rank != 0 && !members_.front().left) {
        auto facts = of_kind("gone");
        facts["rank"] = rank;
        send(0, {std::move(facts)});
    }
    if (coordinator_) coordinator_->node_gone(rank);
    // Whoever waits for an offer that nobody will make any more is not left waiting.
    if (rank == 0 && !coordinator_) end("rank 0 has ended before there were parts");
    answer_all();
}

void Desk::pass_on(unsigned rank, RankMessage message) {
    const auto to = count_in(message.facts, "to");
    if (to >= members_.size()) return;
    message.facts["from"] = rank;
    send(static_cast<unsigned>(to), std::move(message));
}

void Desk::look(Clock::Time now) {
    // Rank 0 is where this desk is.
    for (unsigned rank = 1; rank < members_.size(); ++rank) {
        auto& member = members_[rank];
        if (member.lost || now - member.heard <= deadline_) continue;
        member.lost = true;
        const auto why = fmt::format("{} has not been heard of for {} (stopped, or its network is gone)", name(rank),
                                     format_duration(std::chrono::duration<double>(deadline_).count()));
        if (!ending_) news_.push_back(why + ": all end; what is done is kept, the same command again does the rest");
        end(why);
    }
    if (now < next_beat_) return;
    next_beat_ = now + beat_interval;
    for (unsigned rank = 0; rank < members_.size(); ++rank)
        if (!members_[rank].lost) send(rank, {of_kind("beat")});
}

void Desk::end(const std::string& why) {
    if (ending_) return;
    ending_ = why;
    // To those that are lost, too: one whose hlaunch was stopped hears it.
    for (unsigned rank = 0; rank < members_.size(); ++rank) {
        auto facts = of_kind("end");
        facts["why"] = why;
        send(rank, {std::move(facts)});
    }
    answer_all();
}

bool Desk::ended() const {
    return ending_ && std::all_of(members_.begin(), members_.end(), [](const Member& m) { return m.left || m.lost; });
}

std::vector<Desk::Outgoing> Desk::take_outgoing() {
    return std::exchange(outgoing_, {});
}

std::vector<std::string> Desk::take_news() {
    return std::exchange(news_, {});
}

}  // namespace hlaunch
