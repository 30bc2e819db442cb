#include "run/journal.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <nlohmann/json.hpp>

namespace hlaunch {
namespace {

std::string checksum(std::string_view text) {
    return fmt::format("{:016x}", XXH3_64bits(text.data(), text.size()));
}

}  // namespace

std::string journal_line(const nlohmann::json& event) {
    // User text in events may not be UTF-8: replace rather than fail.
    const auto text = event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return fmt::format("{} {}\n", checksum(text), text);
}

JournalText read_journal(std::string_view text) {
    JournalText out;
    while (!text.empty()) {
        const auto end = text.find('\n');
        if (end == std::string_view::npos || end < 18 || text[16] != ' ') break;
        const auto body = text.substr(17, end - 17);
        if (text.substr(0, 16) != checksum(body)) break;
        auto event = nlohmann::json::parse(body, nullptr, false);
        if (event.is_discarded()) break;
        out.events.push_back(std::move(event));
        text.remove_prefix(end + 1);
    }
    out.dropped_bytes = text.size();
    return out;
}

}  // namespace hlaunch
