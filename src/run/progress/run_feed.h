// What a run tells other programs while it goes on: status.json in its folder, and a line an event where --json-events
// asks for it. Neither can hold up the run or end it.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "os/io/line_pipe.h"
#include "run/progress/status_file.h"

namespace hlaunch {

class RunFeed {
  public:
    // folder: the run folder, whose status file is written to; events_path: empty for none. Throws usage Error where
    // that cannot be opened.
    RunFeed(Clock& clock, const std::string& folder, std::string status_path, double grace_s,
            const std::string& events_path);
    RunFeed(const RunFeed&) = delete;
    RunFeed& operator=(const RunFeed&) = delete;
    ~RunFeed();  // without ended(): marked ended, the exit code unknown

    void journalled(const nlohmann::json& event);  // after it is in the journal
    // Whether it is time for show(): many short parts would write all the time.
    [[nodiscard]] bool due() const { return clock_.now() >= next_change_; }
    void show(const std::string& stage, std::vector<InstanceProgress> instances);  // all of a stage
    void ended(int exit_code);
    [[nodiscard]] std::uint64_t dropped_events() const { return events_ ? events_->dropped() : 0; }

  private:
    void send(nlohmann::json event);
    void send_changes();
    void write_status();

    Clock& clock_;
    std::string status_path_;
    LiveStatus status_;
    std::optional<LinePipe> events_;
    std::map<std::pair<std::string, unsigned>, std::string> states_;  // told, by stage and part
    Clock::Time began_, next_status_, next_change_, next_progress_;
};

}  // namespace hlaunch
