#include "job/nodes/desk_client.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>

#include "base/error.h"
#include "base/json_fields.h"
#include "os/host/host.h"
#include "run/stage/stage_runner.h"

namespace hlaunch {
namespace {

constexpr auto moment = std::chrono::milliseconds(200);
constexpr std::size_t parts_a_message = 2000;
constexpr unsigned most_on_their_way = 16;  // pieces: 1 MiB, so that nobody's memory grows with the files

nlohmann::json of_kind(const char* kind) {
    return {{"kind", kind}};
}

}  // namespace

std::unique_ptr<DeskClient> DeskClient::of(const Environment& environment) {
    const auto text = environment.get("HLAUNCH_DESK");
    if (!text) return nullptr;
    int fd = -1;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), fd);
    if (error != std::errc{} || end != text->data() + text->size() || fd < 3 || ::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        throw usage_error("HLAUNCH_DESK={} is no open descriptor: hlaunch-mpi sets it, nobody else; unset it", *text);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    return std::make_unique<DeskClient>(MessageSocket(UniqueFd(fd)));
}

void DeskClient::send(const RankMessage& message, const Patience& patience) {
    const auto text = encode(message);
    const auto sent = [&] {
        try {
            return socket_.try_send(text);
        } catch (const Error&) {
            throw Interrupted{SIGTERM};  // hlaunch-mpi has ended
        }
    };
    while (!sent()) {
        hear(Clock::Duration::zero());  // whoever waits for us to read must not wait for ever
        if (patience) patience();
        static_cast<void>(socket_.wait_for_room(moment));
    }
}

void DeskClient::hear(Clock::Duration limit) {
    const auto text = socket_.receive(limit);
    if (socket_.closed()) throw Interrupted{SIGTERM};  // hlaunch-mpi has ended
    if (!text) return;
    auto message = decode(*text);
    if (message.kind() == "got") {
        on_their_way_ -= std::min(on_their_way_, 1U);
    } else if (message.kind() == "file") {
        auto got = of_kind("got");
        got["to"] = count_in(message.facts, "from");
        if (message.facts.contains("note"))
            heard_.push_back(message);
        else if (take_piece_)
            take_piece_(message);
        send({std::move(got)});
    } else {
        heard_.push_back(std::move(message));
    }
}

RankMessage DeskClient::await(const Wanted& wanted, const Patience& patience) {
    for (;;) {
        const auto found = std::ranges::find_if(heard_, wanted);
        if (found != heard_.end()) {
            auto out = std::move(*found);
            heard_.erase(found);
            return out;
        }
        if (patience) patience();
        hear(moment);
    }
}

RankMessage DeskClient::await_kind(const std::string& kind, const Patience& patience) {
    return await([&](const RankMessage& message) { return message.kind() == kind; }, patience);
}

void DeskClient::hello(std::size_t placements, const Clock& clock) {
    const double clock_s = std::chrono::duration<double>(clock.wall().time_since_epoch()).count();
    send({{{"kind", "hello"}, {"host", read_host_identity().name}, {"placements", placements}, {"clock_s", clock_s}}});
}

void DeskClient::offer(const std::string& of, const std::vector<Offered>& parts) {
    std::size_t next = 0;
    do {
        auto facts = of_kind("offer");
        facts["of"] = of;
        facts["parts"] = nlohmann::json::array();
        const auto end = std::min(parts.size(), next + parts_a_message);
        for (; next < end; ++next) facts["parts"].push_back({parts[next].id, parts[next].cost});
        facts["more"] = next < parts.size();
        send({std::move(facts)});
    } while (next < parts.size());
}

std::vector<std::uint64_t> DeskClient::take(const std::string& of, unsigned at_once, bool wait,
                                            const Patience& patience) {
    send({{{"kind", "take"}, {"of", of}, {"at_once", at_once}, {"wait", wait}}}, patience);
    std::vector<std::uint64_t> out;
    const auto answer = await_kind("parts", patience);
    dealt_again_ = flag_in(answer.facts, "again");
    dealt_of_ = text_in(answer.facts, "of");
    for (const auto& id : list_in(answer.facts, "ids"))
        if (id.is_number_unsigned()) out.push_back(id.get<std::uint64_t>());
    return out;
}

void DeskClient::ended(const std::vector<std::uint64_t>& ids, double seconds) {
    if (!ids.empty()) send({{{"kind", "ended"}, {"ids", ids}, {"seconds", seconds}}});
}

void DeskClient::failed(const std::vector<std::uint64_t>& ids) {
    if (!ids.empty()) send({{{"kind", "failed"}, {"ids", ids}}});
}

void DeskClient::leave(int code, nlohmann::json facts) {
    facts["kind"] = "leave";
    facts["code"] = code;
    send({std::move(facts)});
}

DeskClient::Rest DeskClient::await_rest(const Patience& patience) {
    send({of_kind("await")}, patience);
    const auto answer = await_kind("rest", patience);
    Rest out{.left = {}, .messages = count_in(answer.facts, "messages")};
    for (auto at = heard_.begin(); at != heard_.end();) {
        if (at->kind() == "left") {
            out.left.push_back(std::move(at->facts));
            at = heard_.erase(at);
        } else {
            ++at;
        }
    }
    return out;
}

void DeskClient::send_piece(unsigned to, nlohmann::json facts, std::string bytes, const Patience& patience) {
    while (on_their_way_ >= most_on_their_way) {
        if (patience) patience();
        hear(moment);
    }
    facts["kind"] = "file";
    facts["to"] = to;
    send({std::move(facts), std::move(bytes)}, patience);
    ++on_their_way_;
}

void DeskClient::send_note(unsigned ranks, const nlohmann::json& note, const Patience& patience) {
    for (unsigned to = 1; to < ranks; ++to) send_piece(to, {{"note", note}}, "", patience);
}

bool DeskClient::await_note_of(unsigned from, const Patience& patience) {
    const auto wanted = [&](const RankMessage& message) {
        return (message.kind() == "file" && count_in(message.facts, "from") == from) ||
               (message.kind() == "gone" && count_in(message.facts, "rank") == from);
    };
    return await(wanted, patience).kind() == "file";
}

nlohmann::json DeskClient::await_note(const Patience& patience) {
    return await_kind("file", patience).facts["note"];
}

}  // namespace hlaunch
