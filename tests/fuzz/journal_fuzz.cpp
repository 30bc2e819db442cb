// The journal: the bytes as they are, and again with every line's checksum put right, which chance never does. What
// `hlaunch status` makes of the events is in it, too.
#include "run/journal/journal.h"

#include <fmt/format.h>
#include <xxhash.h>

#include "fuzz.h"
#include "job/commands/queue_tasks.h"
#include "report/run_status.h"
#include "run/journal/history.h"

namespace {

using namespace hlaunch;

void check(const std::string& text) {
    const auto whole = read_journal(text);
    std::vector<nlohmann::json> events;
    JournalReader reader([&](nlohmann::json&& event) { events.push_back(std::move(event)); });
    for (std::size_t at = 0; at < text.size(); at += 7) reader.feed(std::string_view(text).substr(at, 7));
    fuzz::require(events == whole.events && reader.damaged_lines() == whole.damaged_lines &&
                      reader.dropped_bytes() == whole.dropped_bytes && reader.version() == whole.version,
                  "read piece by piece it is another");
    for (const auto& event : whole.events)
        fuzz::require(event.is_object() && event.at("event").is_string(), "no event was handed over as one");
    // What is kept of it reads the same, and goes on reading.
    if (!reader.is_newer()) {
        const auto kept = text.substr(0, reader.good_bytes()) + journal_line({{"event", "next"}});
        const auto again = read_journal(kept);
        fuzz::require(again.events.size() == events.size() + 1 && again.dropped_bytes == 0,
                      "cut and continued it does not read whole");
    }
    fuzz::expect_a_line([&] {
        RunRecords records;
        records.folder = "run";
        RunHistory history;
        QueueEnds ends;
        for (const auto& event : whole.events) {
            records.events.push_back(parse_event(event));
            history.take(records.events.back());
            ends.note(records.events.back());
        }
        static_cast<void>(run_status(records));
        static_cast<void>(history.expected_seconds("cmc", 1.0));
    });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    check(text);
    std::string right;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        auto body = std::string_view(text).substr(at, end - at);
        if (body.size() > 17 && body[16] == ' ') body.remove_prefix(17);
        right += fmt::format("{:016x} {}\n", XXH3_64bits(body.data(), body.size()), body);
        at = end + 1;
    }
    check(right);
    return 0;
}
