// The journal of a run folder on disk: one writer at a time, every event on disk before it counts.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "os/files/file.h"
#include "os/files/private_lock.h"
#include "os/reaper/receipts.h"
#include "run/journal/events.h"
#include "run/journal/history.h"
#include "run/journal/journal_lock.h"
#include "run/journal/journal_sink.h"

namespace hlaunch {

class JournalFile final : public JournalSink {
  public:
    enum class Start { resume, over };
    // Takes the folder's lock; throws usage Error naming the owner when another hlaunch holds it, or when what is
    // there was written by a newer hlaunch or by no hlaunch at all (and leaves it as it is). Then reads what is there
    // and cuts a torn tail, or empties it to start over.
    // What reapers of a killed hlaunch still hold is waited for (note: for the user, when that takes long), and ends
    // that only they wrote down are entered. Events are not kept: the history has what is asked for later, and on_event
    // gets each that is there.
    using Note = std::function<void(const std::string&)>;
    using OnEvent = std::function<void(const Event&)>;
    JournalFile(const std::string& path, Clock& clock, Start start = Start::resume, const Note& note = {},
                const OnEvent& on_event = {});
    JournalFile(const JournalFile&) = delete;
    JournalFile& operator=(const JournalFile&) = delete;
    ~JournalFile() override;

    // Adds the time. Throws infrastructure with the remedy when it cannot be brought to disk; it is then not there.
    void append(Event event);
    void append_all(std::vector<Event> events) override;
    void append_soon(std::vector<Event> events) override;  // with a sync() each 0.2 s
    void sync() override;
    // For the last words about an error, which matter less than the error. Whether they are on disk.
    bool try_append(Event event) noexcept;
    // Called with each event's line once it is on disk.
    void tee(std::function<void(const nlohmann::json&)> listener) { listener_ = std::move(listener); }
    // Begins by chance (below 2^53), so that what a late reaper of a former start writes fits none of this one's.
    [[nodiscard]] std::uint64_t next_receipt() override { return ++last_receipt_; }
    [[nodiscard]] int receipts() const { return receipts_.descriptor(); }  // for ReaperLauncher
    void heartbeat() override { lock_.heartbeat(); }                       // append() does it, too

    // Of what is there and what was appended.
    [[nodiscard]] const RunHistory& history() const { return history_; }
    [[nodiscard]] std::uint64_t dropped_bytes() const { return dropped_bytes_; }  // of a torn tail
    // Whether a former start told of no end of something it had started, and nor did its reaper.
    [[nodiscard]] bool left_open() const { return left_open_; }
    [[nodiscard]] std::size_t damaged_lines() const { return damaged_lines_; }  // passed over, still in the file
    [[nodiscard]] std::string damage_text() const;                              // for the user; "" without damage

  private:
    void write(std::vector<Event> events, bool now);
    void take_up(Start start, const OnEvent& on_event);
    void wait_for_reapers(const Note& note);
    void forget_former();
    void note_receipt(const Event& event);
    void enter_receipts(const OnEvent& on_event);

    AppendFile file_;
    PrivateLock flock_;
    JournalLock lock_;
    ReceiptFile receipts_;
    Clock& clock_;
    Clock::Time opened_, synced_;
    bool left_open_ = false;
    std::function<void(const nlohmann::json&)> listener_;
    RunHistory history_;
    std::uint64_t last_receipt_, dropped_bytes_ = 0;
    std::map<std::uint64_t, events::Start> started_;  // whose end is not in the journal, by receipt
    std::size_t damaged_lines_ = 0;
};

}  // namespace hlaunch
