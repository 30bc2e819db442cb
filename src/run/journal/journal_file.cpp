#include "run/journal/journal_file.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "base/error.h"
#include "base/text/shell_quote.h"
#include "os/files/exclusive_file.h"
#include "run/journal/journal.h"
#include "run/states/outcome.h"

namespace hlaunch {
namespace {

constexpr auto reapers_limit = std::chrono::minutes(10);  // longer than any grace in use
constexpr auto sync_interval = std::chrono::milliseconds(200);

std::string lock_of(const std::string& path) {
    return path + ".lock";
}

JournalReader read_whole(const std::string& path, const JournalFile::OnEvent& on_event) {
    JournalReader reader([&](nlohmann::json&& json) { on_event(parse_event(std::move(json))); });
    read_pieces(path, [&](std::string_view piece) { reader.feed(piece); });
    refuse_foreign_journal(path, reader.is_foreign());
    return reader;
}

}  // namespace

JournalFile::JournalFile(const std::string& path, Clock& clock, Start start, const Note& note, const OnEvent& on_event)
    : file_(path),
      flock_(path + ".flock"),
      lock_(lock_of(path), clock, [this] { return flock_.try_lock(); }),
      receipts_(path + ".receipts"),
      clock_(clock),
      opened_(clock.now()),
      synced_(opened_),
      last_receipt_(std::uint64_t{std::random_device{}()} << 20U) {
    // The marks of who died while taking the lock over; with the lock ours they mean nothing any more.
    remove_old_temporaries(file_.path().parent_path(), std::filesystem::path(lock_of(path)).filename().native() + ".");
    wait_for_reapers(note);
    take_up(start, on_event);
}

JournalFile::~JournalFile() {
    if (started_.empty()) receipts_.remove();
    flock_.remove();
}

void JournalFile::take_up(Start start, const OnEvent& on_event) {
    std::uint64_t good_bytes = 0;
    if (start == Start::over) {
        forget_former();
    } else {
        const auto reader = read_whole(file_.path().native(), [&](const Event& event) {
            note_receipt(event);
            history_.take(event);
            if (on_event) on_event(event);
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
    const auto reader = read_whole(file_.path().native(), [&](const Event& event) { note_receipt(event); });
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

void JournalFile::note_receipt(const Event& event) {
    if (const auto* start = event.as<events::Start>(); start && start->receipt)
        started_.insert_or_assign(*start->receipt, *start);
    else if (const auto* end = event.as<events::End>(); end && end->receipt)
        started_.erase(*end->receipt);
}

// Ends that hlaunch did not live to enter.
void JournalFile::enter_receipts(const OnEvent& on_event) {
    std::vector<Event> ends;
    const auto enter = [&](const events::Start& start, Outcome outcome, std::string status,
                           std::optional<double> cpu_seconds, const char* by) {
        ends.emplace_back(events::End{.stage = start.stage,
                                      .part = start.part,
                                      .attempt = start.attempt,
                                      .task = start.task,
                                      .key = start.key,
                                      .receipt = start.receipt,
                                      .outcome = outcome,
                                      .status = std::move(status),
                                      .cpu_seconds = cpu_seconds,
                                      .entered_by = by});
    };
    receipts_.read([&](const Receipt& receipt) {
        const auto found = started_.find(receipt.id);
        if (found == started_.end()) return;
        EndFacts facts;
        facts.status = receipt.status;
        facts.stopped = receipt.stopped ? StopReason::user : StopReason::none;
        // Killed with hlaunch: nothing of its own doing, and run again.
        const auto outcome = classify(facts);
        enter(found->second, outcome == Outcome::killed ? Outcome::stopped : outcome, receipt.status.text(),
              receipt.cpu_seconds, "reaper");
        started_.erase(found);
    });
    // Of the others nobody will tell any more; later starts need not ask again.
    for (const auto& [receipt, start] : started_) {
        left_open_ = true;
        enter(start, Outcome::stopped, "lost with its hlaunch", std::nullopt, "hlaunch");
    }
    started_.clear();
    if (on_event)
        for (const auto& end : ends) on_event(end);
    if (!ends.empty()) append_all(std::move(ends));
    receipts_.clear();
}

void JournalFile::append(Event event) {
    std::vector<Event> one;
    one.push_back(std::move(event));
    append_all(std::move(one));
}

void JournalFile::append_all(std::vector<Event> events) {
    write(std::move(events), true);
}

void JournalFile::append_soon(std::vector<Event> events) {
    write(std::move(events), clock_.now() - synced_ >= sync_interval);
}

void JournalFile::sync() {
    file_.sync();
    synced_ = clock_.now();
}

void JournalFile::write(std::vector<Event> events, bool now) {
    lock_.heartbeat();
    const auto time = utc_text(clock_.wall());
    const auto up = std::chrono::duration<double>(clock_.now() - opened_).count();
    std::string lines;
    std::vector<nlohmann::json> told;
    for (auto& event : events) {
        event.time = time;
        event.up = std::round(up * 1e3) / 1e3;
        auto json = to_json(event);
        lines += journal_line(json);
        if (listener_) told.push_back(std::move(json));
    }
    if (now)
        file_.append(lines), synced_ = clock_.now();
    else
        file_.write(lines);
    for (const auto& event : events) {
        note_receipt(event);
        history_.take(event);
    }
    for (const auto& json : told) listener_(json);
}

bool JournalFile::try_append(Event event) noexcept {
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
