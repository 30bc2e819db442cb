#include "queue/rank_message.h"

#include "base/error.h"
#include "base/json_fields.h"

namespace hlaunch {

std::string RankMessage::kind() const {
    return text_in(facts, "kind");
}

std::string encode(const RankMessage& message) {
    auto out = message.facts.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n" + message.bytes;
    if (out.size() > most_message_bytes)
        throw infrastructure_error("a message of {} bytes ({}) is too large to be sent to another rank", out.size(),
                                   message.kind());
    return out;
}

RankMessage decode(std::string_view text) {
    const auto line = text.substr(0, text.find('\n'));
    RankMessage out{.facts = nlohmann::json::parse(line, nullptr, false)};
    if (!out.facts.is_object() || out.kind().empty() || line.size() == text.size())
        throw infrastructure_error("another rank sent {} bytes that are no message; do all run the same hlaunch?",
                                   text.size());
    out.bytes = text.substr(line.size() + 1);
    return out;
}

}  // namespace hlaunch
