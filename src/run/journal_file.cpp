#include "run/journal_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/error.h"

namespace hlaunch {
namespace {

std::string lock_of(const std::string& path) {
    return path + ".lock";
}

JournalReader read_whole(const std::string& path, const JournalReader::OnEvent& on_event) {
    JournalReader reader(on_event);
    read_pieces(path, [&](std::string_view piece) {
        reader.feed(piece);
        refuse_newer_journal(path, reader.version());
    });
    if (reader.is_foreign())
        throw usage_error("{} is no journal of hlaunch; move it away or give another folder", path);
    return reader;
}

}  // namespace

JournalFile::JournalFile(const std::string& path, Clock& clock, Start start)
    : file_(path), lock_(lock_of(path), clock, file_.try_lock()), clock_(clock), keeps_events_(true) {
    take_up(start, [this](nlohmann::json&& event) { events_.push_back(std::move(event)); });
}

JournalFile::JournalFile(const std::string& path, Clock& clock, Start start, const JournalReader::OnEvent& on_event)
    : file_(path), lock_(lock_of(path), clock, file_.try_lock()), clock_(clock), keeps_events_(false) {
    take_up(start, on_event);
}

void JournalFile::take_up(Start start, const JournalReader::OnEvent& on_event) {
    std::uint64_t good_bytes = 0;
    if (start == Start::over) {
        file_.truncate(0);
    } else {
        const auto reader = read_whole(file_.path().native(), on_event);
        good_bytes = reader.good_bytes();
        dropped_bytes_ = reader.dropped_bytes();
        damaged_lines_ = reader.damaged_lines();
        if (dropped_bytes_ > 0) file_.truncate(good_bytes);
    }
    if (good_bytes > 0) return;
    auto header = journal_header();
    header["time"] = utc_text(clock_.wall());
    file_.append(journal_line(header));
}

void JournalFile::append(nlohmann::json event) {
    std::vector<nlohmann::json> one;
    one.push_back(std::move(event));
    append_all(std::move(one));
}

void JournalFile::append_all(std::vector<nlohmann::json> events) {
    lock_.heartbeat();
    const auto time = utc_text(clock_.wall());
    std::string lines;
    for (auto& event : events) {
        event["time"] = time;
        lines += journal_line(event);
    }
    file_.append(lines);
    if (listener_)
        for (const auto& event : events) listener_(event);
    if (keeps_events_) std::move(events.begin(), events.end(), std::back_inserter(events_));
}

bool JournalFile::try_append(nlohmann::json event) noexcept {
    try {
        append(std::move(event));
        return true;
    } catch (const std::exception&) {
        return false;
    }
}

std::string JournalFile::damage_text() const {
    if (damaged_lines_ == 0) return {};
    return fmt::format("{}: {} line{} damaged (a disk error, an edit?); what {} recorded counts as not done",
                       file_.path().native(), damaged_lines_, damaged_lines_ == 1 ? " is" : "s are",
                       damaged_lines_ == 1 ? "it" : "they");
}

}  // namespace hlaunch
