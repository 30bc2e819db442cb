// Whom the kernel says it killed for want of memory, where its log may be read: also where no group counts such kills.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "os/io/unique_fd.h"

namespace hlaunch {

struct KernelKill {
    pid_t pid = 0;  // as the first pid namespace numbers it
    std::uint64_t since_boot_us = 0;
};
// Of a record of /dev/kmsg: "3,1234,567890,-;Memory cgroup out of memory: Killed process 42 (python) ...". Nothing for
// any other.
[[nodiscard]] std::optional<KernelKill> parse_kernel_kill(std::string_view record);

// The log of the whole machine from here on. Empty where it may not be read (kernel.dmesg_restrict, a container).
class KernelLog {
  public:
    KernelLog();
    [[nodiscard]] std::vector<KernelKill> new_kills();  // since the call before this one

  private:
    UniqueFd log_;
};

}  // namespace hlaunch
