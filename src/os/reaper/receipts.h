// How trees ended, written down by their reapers: an end counts also where hlaunch died before it heard of it. The file
// is locked for as long as a reaper has it open, so that a new start can wait for what an old one left running.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "os/io/unique_fd.h"
#include "os/spawn/child.h"

namespace hlaunch {

struct Receipt {
    std::uint64_t id = 0;  // TreeSpec::receipt
    ExitStatus status;     // of the tree's root
    bool stopped = false;  // by the reaper, before it ended by itself
    double cpu_seconds = 0.0;
};

// "HHHHHHHHHHHHHHHH ID exit|signal N stopped|itself SECONDS\n", H: xxh3 of what follows it.
[[nodiscard]] std::string receipt_line(const Receipt& receipt);
// Without the newline. Nothing for a line that was torn or altered.
[[nodiscard]] std::optional<Receipt> parse_receipt(std::string_view line);

class ReceiptFile {
  public:
    explicit ReceiptFile(std::filesystem::path path);  // created; throws infrastructure

    // Waits until no reaper of an earlier start has it any more: each ends its tree first. on_wait is called once,
    // when that takes over a second. False: patience is over. True also where the file system has no locks.
    [[nodiscard]] bool lock(Clock& clock, Clock::Duration patience, const std::function<void()>& on_wait);
    // One by one: there may be hundreds of thousands.
    void read(const std::function<void(const Receipt&)>& on_receipt) const;
    void clear();
    void remove() noexcept;
    [[nodiscard]] int descriptor() const { return fd_.get(); }  // for reapers

  private:
    std::filesystem::path path_;
    UniqueFd fd_;
};

}  // namespace hlaunch
