// A copy of a file in the memory of chosen NUMA nodes, sealed against writing, without a name: it is gone with its last
// holder, also after SIGKILL.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/id_set.h"
#include "os/unique_fd.h"

namespace hlaunch {

// Free memory and droppable file cache, in bytes, of /sys/devices/system/node/nodeN/meminfo (or /proc/meminfo).
[[nodiscard]] std::uint64_t available_bytes(std::string_view meminfo);
// Of these nodes (OS indices) together; of the machine where none are named or the kernel names none.
[[nodiscard]] std::uint64_t available_bytes_of(const IdSet& mems);

// Size in bytes of what is to be staged. Throws usage Error when it is not there, no regular file or cannot be read.
[[nodiscard]] std::uint64_t check_stageable(const std::filesystem::path& source);

class StagedFile {
  public:
    // Copied by a thread of its own under MPOL_BIND to mems (none: no policy). Throws infrastructure Error: no memory,
    // unreadable, changed while it was copied.
    StagedFile(const std::filesystem::path& source, const IdSet& mems);

    // "/proc/PID/fd/N" of this process: to be opened read-only, while this object lives, by any process of this user.
    [[nodiscard]] std::string path() const;
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    // Share of its pages on these nodes, as the kernel says, from up to 4096 of them; 1 for an empty file or no nodes.
    [[nodiscard]] double share_on(const IdSet& mems) const;

  private:
    void copy(const std::filesystem::path& source);

    UniqueFd fd_;
    std::uint64_t bytes_ = 0;
};

}  // namespace hlaunch
