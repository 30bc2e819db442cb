// The journal of a run folder on disk: one writer at a time, every event on disk before it counts.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "os/clock.h"
#include "os/file.h"
#include "os/unique_fd.h"

namespace hlaunch {

class JournalFile {
  public:
    enum class Start { resume, over };
    // Takes the folder's lock; throws usage Error naming the owner when another hlaunch holds it. Then reads
    // what is there and cuts a torn tail, or empties it to start over.
    JournalFile(const std::string& path, Clock& clock, Start start = Start::resume);

    void append(nlohmann::json event);                    // adds the time
    void append_all(std::vector<nlohmann::json> events);  // with one wait for the disk
    // Called with each event once it is on disk.
    void tee(std::function<void(const nlohmann::json&)> listener) { listener_ = std::move(listener); }
    [[nodiscard]] const std::vector<nlohmann::json>& events() const { return events_; }
    void forget_events();  // and keep none from now on: for who writes many
    [[nodiscard]] std::size_t dropped_bytes() const { return dropped_bytes_; }

  private:
    UniqueFd lock_;
    AppendFile file_;
    Clock& clock_;
    std::vector<nlohmann::json> events_;
    bool keeps_events_ = true;
    std::size_t dropped_bytes_ = 0;
    std::function<void(const nlohmann::json&)> listener_;
};

}  // namespace hlaunch
