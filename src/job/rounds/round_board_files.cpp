#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>

#include "base/json_fields.h"
#include "job/rounds/round_board.h"

namespace hlaunch {
namespace {

bool is_name(const std::string& text) {
    return !text.empty() && !text.starts_with(".") && text.find('/') == std::string::npos;
}

}  // namespace

std::string new_start() {
    std::random_device chance;
    return fmt::format("{:08x}{:08x}", chance(), chance());
}

std::string text_of(const RoundCall& call) {
    auto deals = nlohmann::json::array();
    for (const auto& deal : call.deals)
        deals.push_back({{"member", deal.member}, {"start", deal.start}, {"first", deal.first}});
    return nlohmann::json{{"format", "hlaunch-round"}, {"version", 1},
                          {"lead", call.lead},         {"number", call.number},
                          {"key", call.key},           {"what", call.what},
                          {"question", call.question}, {"pause_ms", call.pause_ms},
                          {"deals", std::move(deals)}}
               .dump() +
           "\n";
}

std::optional<RoundCall> call_from(const std::string& text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (text_in(json, "format") != "hlaunch-round" || count_in(json, "version") != 1) return std::nullopt;
    RoundCall out{.lead = text_in(json, "lead"),
                  .number = count_in(json, "number"),
                  .key = text_in(json, "key"),
                  .what = text_in(json, "what"),
                  .question = text_in(json, "question"),
                  .pause_ms = static_cast<unsigned>(std::clamp<std::uint64_t>(count_in(json, "pause_ms"), 1, 1000)),
                  .deals = {}};
    if (out.lead.empty() || (out.number > 0 && !is_name(out.question))) return std::nullopt;
    for (const auto& one : list_in(json, "deals")) {
        RoundDeal deal{.member = text_in(one, "member"), .start = text_in(one, "start"), .first = {}};
        for (const auto& block : list_in(one, "first")) {
            if (!block.is_number_unsigned() || block.get<std::uint64_t>() > 1U << 24U) return std::nullopt;
            deal.first.push_back(block.get<unsigned>());
        }
        out.deals.push_back(std::move(deal));
    }
    return out;
}

std::string text_of(const RoundMember& member) {
    return nlohmann::json{{"format", "hlaunch-round-member"},
                          {"version", 1},
                          {"name", member.name},
                          {"start", member.start},
                          {"lead", member.lead},
                          {"processes", member.processes}}
               .dump() +
           "\n";
}

std::optional<RoundMember> member_from(const std::string& text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (text_in(json, "format") != "hlaunch-round-member" || count_in(json, "version") != 1) return std::nullopt;
    RoundMember out{
        .name = text_in(json, "name"),
        .start = text_in(json, "start"),
        .lead = text_in(json, "lead"),
        .processes = static_cast<unsigned>(std::min<std::uint64_t>(count_in(json, "processes"), 1U << 16U))};
    if (!is_name(out.name) || out.processes == 0) return std::nullopt;
    return out;
}

std::string answer_text(const RoundCall& call) {
    return fmt::format("{} {}\n", call.lead, call.number);
}

}  // namespace hlaunch
