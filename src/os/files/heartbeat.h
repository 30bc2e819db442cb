// Touches a file of ours each few seconds for as long as this object lives, also while its owner computes, copies or
// waits: a sign of life that other hosts can see. The one thread of hlaunch; it allocates nothing.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "os/io/unique_fd.h"

namespace hlaunch {

class Heartbeat {
  public:
    // The file is held open: one that takes its name later is not touched. A file that cannot be opened, or no room for
    // a thread, is no error: whoever looks sees an older time.
    Heartbeat(const std::filesystem::path& file, std::chrono::milliseconds interval);
    Heartbeat(const Heartbeat&) = delete;
    Heartbeat& operator=(const Heartbeat&) = delete;
    ~Heartbeat();

  private:
    void touch_until_told(std::chrono::milliseconds interval);

    UniqueFd fd_;
    std::mutex mutex_;
    std::condition_variable told_;
    bool over_ = false;
    std::thread thread_;
};

}  // namespace hlaunch
