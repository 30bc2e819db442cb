// The journal of a run folder on disk: one writer at a time, every event on disk before it counts.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "os/clock.h"
#include "os/file.h"
#include "run/journal.h"
#include "run/journal_lock.h"

namespace hlaunch {

class JournalFile {
  public:
    enum class Start { resume, over };
    // Takes the folder's lock; throws usage Error naming the owner when another hlaunch holds it, or when what is
    // there was written by a newer hlaunch or by no hlaunch at all (and leaves it as it is). Then reads what is there
    // and cuts a torn tail, or empties it to start over.
    JournalFile(const std::string& path, Clock& clock, Start start = Start::resume);
    // For many events: those that are there are handed over and none is kept, so memory stays flat.
    JournalFile(const std::string& path, Clock& clock, Start start, const JournalReader::OnEvent& on_event);

    // Adds the time. Throws infrastructure with the remedy when it cannot be brought to disk; it is then not there.
    void append(nlohmann::json event);
    void append_all(std::vector<nlohmann::json> events);  // with one wait for the disk, all or none
    // For the last words about an error, which matter less than the error. Whether they are on disk.
    bool try_append(nlohmann::json event) noexcept;
    // Called with each event once it is on disk.
    void tee(std::function<void(const nlohmann::json&)> listener) { listener_ = std::move(listener); }
    void heartbeat() { lock_.heartbeat(); }  // see JournalLock; append() does it, too

    [[nodiscard]] const std::vector<nlohmann::json>& events() const { return events_; }
    [[nodiscard]] std::uint64_t dropped_bytes() const { return dropped_bytes_; }  // of a torn tail
    [[nodiscard]] std::size_t damaged_lines() const { return damaged_lines_; }    // passed over, still in the file
    [[nodiscard]] std::string damage_text() const;                                // for the user; "" without damage

  private:
    void take_up(Start start, const JournalReader::OnEvent& on_event);

    AppendFile file_;
    JournalLock lock_;
    Clock& clock_;
    bool keeps_events_;
    std::function<void(const nlohmann::json&)> listener_;
    std::vector<nlohmann::json> events_;
    std::uint64_t dropped_bytes_ = 0;
    std::size_t damaged_lines_ = 0;
};

}  // namespace hlaunch
