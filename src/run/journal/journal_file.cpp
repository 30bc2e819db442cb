#include "run/journal/journal_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <random>

#include "base/error.h"
#include "base/text/shell_quote.h"
#include "os/files/exclusive_file.h"
#include "run/states/outcome.h"

namespace hlaunch {
namespace {

constexpr auto reapers_limit = std::chrono::minutes(10);  // longer than any grace in use
constexpr auto sync_interval = std::chrono::milliseconds(200);

std::string lock_of(const std::string& path) {
    return path + ".lock";
}

JournalReader read_whole(const std::string& path, const JournalReader::OnEvent& on_event) {
    JournalReader reader(on_event);
    read_pieces(path, [&](std::string_view piece) { reader.feed(piece); });
    refuse_foreign_journal(path, reader.is_foreign());
    return reader;
}

}  // namespace

JournalFile::JournalFile(const std::string& path, Clock& clock, Start start, const JournalReader::OnEvent& on_event,
                         const Note& note)
    : file_(path),
      flock_(path + ".flock"),
      lock_(lock_of(path), clock, [this] { return flock_.try_lock(); }),
      receipts_(path + ".receipts"),
      clock_(clock),
      opened_(clock.now()),
      synced_(opened_),
      keeps_events_(!on_event),
      last_receipt_(std::uint64_t{std::random_device{}()} << 20U) {
    // The marks of who died while taking the lock over; with the lock ours they mean nothing any more.
    remove_old_temporaries(file_.path().parent_path(), std::filesystem::path(lock_of(path)).filename().native() + ".");
    wait_for_reapers(note);
    take_up(start, keeps_events_
                       ? JournalReader::OnEvent([this](nlohmann::json&& event) { events_.push_back(std::move(event)); })
                       : on_event);
}

JournalFile::~JournalFile() {
    if (started_.empty()) receipts_.remove();
    flock_.remove();
}

void JournalFile::take_up(Start start, const JournalReader::OnEvent& on_event) {
    std::uint64_t good_bytes = 0;
    if (start == Start::over) {
        forget_former();
    } else {
        const auto reader = read_whole(file_.path().native(), [&](nlohmann::json&& event) {
            note_receipt(event);
            on_event(std::move(event));
        });
        refuse_newer_journal(file_.path().native(), reader.version());
        good_bytes = reader.good_bytes();
        dropped_bytes_ = reader.dropped_bytes();
        damaged_lines_ = reader.damaged_lines();
        if (dropped_bytes_ > 0) file_.truncate(good_bytes);
    }
    if (good_bytes == 0) {
        auto header = journal_header();
        header["time"] = utc_text(clock_.wall());
        file_.append(journal_line(header));
    }
    enter_receipts(on_event);
}

// What it had left at work is to be known all the same.
void JournalFile::forget_former() {
    const auto reader = read_whole(file_.path().native(), [&](nlohmann::json&& event) { note_receipt(event); });
    left_open_ = reader.is_newer() || !started_.empty();
    started_.clear();
    file_.truncate(0);
}

void JournalFile::wait_for_reapers(const Note& note) {
    const auto tell = [&] {
        if (note) note("hlaunch: what a killed hlaunch started here has its grace to end; waiting for it");
    };
    if (receipts_.lock(clock_, reapers_limit, tell)) return;
    throw usage_error(
        "what a killed hlaunch started in {} still runs after {} min; end its hlaunch-reaper processes, then start "
        "again",
        shell_quote(file_.path().parent_path().native()), reapers_limit.count());
}

void JournalFile::note_receipt(const nlohmann::json& event) {
    const auto receipt = event.find("receipt");
    if (receipt == event.end() || !receipt->is_number_unsigned()) return;
    if (event["event"] == "start")
        started_.insert_or_assign(receipt->get<std::uint64_t>(), event);
    else if (event["event"] == "end")
        started_.erase(receipt->get<std::uint64_t>());
}

// Ends that hlaunch did not live to enter.
void JournalFile::enter_receipts(const JournalReader::OnEvent& on_event) {
    std::vector<nlohmann::json> ends;
    receipts_.read([&](const Receipt& receipt) {
        const auto found = started_.find(receipt.id);
        if (found == started_.end()) return;
        auto end = std::move(found->second);
        started_.erase(found);
        EndFacts facts;
        facts.status = receipt.status;
        facts.stopped = receipt.stopped ? StopReason::user : StopReason::none;
        end["event"] = "end";
        // Killed with hlaunch: nothing of its own doing, and run again.
        const auto outcome = classify(facts);
        end["outcome"] = std::string(to_string(outcome == Outcome::killed ? Outcome::stopped : outcome));
        end["status"] = receipt.status.text();
        end["cpu_seconds"] = receipt.cpu_seconds;
        end["entered_by"] = "reaper";
        ends.push_back(std::move(end));
    });
    // Of the others nobody will tell any more; later starts need not ask again.
    for (auto& [receipt, event] : started_) {
        left_open_ = true;
        auto end = std::move(event);
        end["event"] = "end";
        end["outcome"] = std::string(to_string(Outcome::stopped));
        end["status"] = "lost with its hlaunch";
        end["entered_by"] = "hlaunch";
        ends.push_back(std::move(end));
    }
    started_.clear();
    if (!ends.empty()) {
        const auto kept = ends;
        append_all(std::move(ends));
        if (!keeps_events_)
            for (auto event : kept) on_event(std::move(event));
    }
    receipts_.clear();
}

void JournalFile::append(nlohmann::json event) {
    std::vector<nlohmann::json> one;
    one.push_back(std::move(event));
    append_all(std::move(one));
}

void JournalFile::append_all(std::vector<nlohmann::json> events) {
    write(events, true);
}

void JournalFile::append_soon(std::vector<nlohmann::json> events) {
    write(events, clock_.now() - synced_ >= sync_interval);
}

void JournalFile::sync() {
    file_.sync();
    synced_ = clock_.now();
}

void JournalFile::write(std::vector<nlohmann::json>& events, bool now) {
    lock_.heartbeat();
    const auto time = utc_text(clock_.wall());
    const auto up = std::chrono::duration<double>(clock_.now() - opened_).count();
    std::string lines;
    for (auto& event : events) {
        event["time"] = time;
        event["up"] = std::round(up * 1e3) / 1e3;
        lines += journal_line(event);
    }
    if (now)
        file_.append(lines), synced_ = clock_.now();
    else
        file_.write(lines);
    for (const auto& event : events) note_receipt(event);
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
