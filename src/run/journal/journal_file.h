// The journal of a run folder on disk: one writer at a time, every event on disk before it counts.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "os/files/file.h"
#include "os/files/private_lock.h"
#include "os/reaper/receipts.h"
#include "run/journal/journal.h"
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
    // that only they wrote down are entered. on_event: what is there is handed over and nothing is kept, so that memory
    // stays flat; without it events() has it.
    using Note = std::function<void(const std::string&)>;
    JournalFile(const std::string& path, Clock& clock, Start start = Start::resume,
                const JournalReader::OnEvent& on_event = {}, const Note& note = {});
    JournalFile(const JournalFile&) = delete;
    JournalFile& operator=(const JournalFile&) = delete;
    ~JournalFile() override;

    // Adds the time. Throws infrastructure with the remedy when it cannot be brought to disk; it is then not there.
    void append(nlohmann::json event);
    void append_all(std::vector<nlohmann::json> events) override;
    void append_soon(std::vector<nlohmann::json> events) override;  // with a sync() each 0.2 s
    void sync() override;
    // For the last words about an error, which matter less than the error. Whether they are on disk.
    bool try_append(nlohmann::json event) noexcept;
    // Called with each event once it is on disk.
    void tee(std::function<void(const nlohmann::json&)> listener) { listener_ = std::move(listener); }
    // Begins by chance (below 2^53), so that what a late reaper of a former start writes fits none of this one's.
    [[nodiscard]] std::uint64_t next_receipt() override { return ++last_receipt_; }
    [[nodiscard]] int receipts() const { return receipts_.descriptor(); }  // for ReaperLauncher
    void heartbeat() override { lock_.heartbeat(); }                       // append() does it, too

    [[nodiscard]] const std::vector<nlohmann::json>& events() const { return events_; }
    [[nodiscard]] std::uint64_t dropped_bytes() const { return dropped_bytes_; }  // of a torn tail
    // Whether a former start told of no end of something it had started, and nor did its reaper.
    [[nodiscard]] bool left_open() const { return left_open_; }
    [[nodiscard]] std::size_t damaged_lines() const { return damaged_lines_; }  // passed over, still in the file
    [[nodiscard]] std::string damage_text() const;                              // for the user; "" without damage

  private:
    void write(std::vector<nlohmann::json>& events, bool now);
    void take_up(Start start, const JournalReader::OnEvent& on_event);
    void wait_for_reapers(const Note& note);
    void forget_former();
    void note_receipt(const nlohmann::json& event);
    void enter_receipts(const JournalReader::OnEvent& on_event);

    AppendFile file_;
    PrivateLock flock_;
    JournalLock lock_;
    ReceiptFile receipts_;
    Clock& clock_;
    Clock::Time opened_, synced_;
    bool keeps_events_, left_open_ = false;
    std::function<void(const nlohmann::json&)> listener_;
    std::vector<nlohmann::json> events_;
    std::uint64_t last_receipt_, dropped_bytes_ = 0;
    std::map<std::uint64_t, nlohmann::json> started_;  // whose end is not in the journal, by receipt
    std::size_t damaged_lines_ = 0;
};

}  // namespace hlaunch
