#include "run/journal/journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/checksum.h"
#include "base/error.h"

namespace hlaunch {
namespace {

constexpr std::size_t checksum_digits = 16;
constexpr std::size_t most_line_bytes = 64U << 20U;  // far above any event; a file without newlines costs no more

bool is_hex(char letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f');
}

bool begins_a_line(std::string_view text) {
    const auto digits = text.substr(0, checksum_digits);
    return std::all_of(digits.begin(), digits.end(), is_hex) &&
           (text.size() <= checksum_digits || text[checksum_digits] == ' ');
}

// The event of a whole line without its newline; discarded when it is not to be believed.
nlohmann::json event_of(std::string_view line) {
    const nlohmann::json bad(nlohmann::json::value_t::discarded);
    if (line.size() < checksum_digits + 3 || !begins_a_line(line)) return bad;
    const auto body = line.substr(checksum_digits + 1);
    if (body.front() != '{' || line.substr(0, checksum_digits) != checksum_hex(body)) return bad;
    auto event = nlohmann::json::parse(body, nullptr, false);
    if (!event.is_object()) return bad;
    const auto name = event.find("event");
    if (name == event.end() || !name->is_string()) return bad;
    return event;  // moved: a copy of what is nested deeply would recurse
}

// A line whose newline was lost, or half a line of an append that failed, is glued to the next one, which is whole.
// It cannot be a text inside an event: there its quotes would be escaped.
nlohmann::json glued_event_of(std::string_view line) {
    auto event = nlohmann::json(nlohmann::json::value_t::discarded);
    int tries = 16;  // hashing what is left each time must not become quadratic
    for (auto at = line.find(" {\""); at != std::string_view::npos && tries > 0; at = line.find(" {\"", at + 1)) {
        if (at <= checksum_digits || !begins_a_line(line.substr(at - checksum_digits))) continue;
        event = event_of(line.substr(at - checksum_digits));
        if (!event.is_discarded()) break;
        --tries;
    }
    return event;
}

}  // namespace

std::string journal_line(const nlohmann::json& event) {
    // User text in events may not be UTF-8: replace rather than fail.
    const auto text = event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return fmt::format("{} {}\n", checksum_hex(text), text);
}

nlohmann::json journal_header() {
    return {{"event", "journal"}, {"version", journal_version}};
}

void JournalReader::feed(std::string_view piece) {
    while (!piece.empty() && !is_newer()) {
        const auto end = piece.find('\n');
        const auto taken = piece.substr(0, end == std::string_view::npos ? piece.size() : end + 1);
        piece.remove_prefix(taken.size());
        bytes_ += taken.size();
        if (!overlong_) part_ += taken;
        if (bytes_ == part_.size())  // the first line
            begins_well_ =
                part_.front() == '\0' || part_ == "\n" || begins_a_line(std::string_view(part_).substr(0, 17));
        if (taken.back() == '\n') {
            if (overlong_)
                ++bad_lines_;
            else
                line(std::string_view(part_).substr(0, part_.size() - 1));
            part_.clear();
            overlong_ = false;
        } else if (part_.size() > most_line_bytes) {
            part_.clear();
            overlong_ = true;
        }
    }
    bytes_ += piece.size();
}

void JournalReader::line(std::string_view text) {
    if (believe(text)) {
        damaged_lines_ += bad_lines_;
        bad_lines_ = 0;
        good_bytes_ = bytes_;
    } else if (!text.empty()) {  // a newline of its own ends half a line of a failed append
        ++bad_lines_;
    }
}

bool JournalReader::believe(std::string_view text) {
    auto event = event_of(text);
    if (event.is_discarded()) {
        event = glued_event_of(text);
        if (event.is_discarded()) return false;
        ++bad_lines_;
    }
    if (event["event"] != "journal") {
        on_event_(std::move(event));
        return true;
    }
    // Wherever it stands: the first line may be the damaged one.
    const auto version = event.value("version", nlohmann::json());
    version_ = std::max(version_, version.is_number_unsigned() ? version.get<std::uint64_t>()
                                                               : std::numeric_limits<std::uint64_t>::max());
    return true;
}

void refuse_foreign_journal(const std::string& path, bool foreign) {
    if (foreign) throw usage_error("{} is no journal of hlaunch; move it away or give another folder", path);
}

void refuse_newer_journal(const std::string& path, std::uint64_t version) {
    if (version > journal_version)
        throw usage_error(
            "{} was written by a newer hlaunch (its version is {}, this one reads up to {}); use that one, or give "
            "another "
            "folder",
            path, version, journal_version);
}

JournalText read_journal(std::string_view text) {
    JournalText out;
    JournalReader reader([&](nlohmann::json&& event) { out.events.push_back(std::move(event)); });
    reader.feed(text);
    out.version = reader.version();
    out.damaged_lines = reader.damaged_lines();
    out.dropped_bytes = reader.dropped_bytes();
    out.foreign = reader.is_foreign();
    return out;
}

}  // namespace hlaunch
