// A copy of a file in the memory of chosen NUMA nodes, sealed against writing, without a name: it is gone with its last
// holder, also after SIGKILL.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/id_set.h"
#include "os/io/unique_fd.h"
#include "os/numa/binding.h"

namespace hlaunch {

// Size in bytes of what is to be staged. Throws usage Error when it is not there, no regular file or cannot be read.
[[nodiscard]] std::uint64_t check_stageable(const std::filesystem::path& source);

class StagedFile {
  public:
    // Copied by a thread of its own that is bound there (no CPUs, no nodes: where it is). Throws infrastructure Error:
    // no memory, unreadable, changed while it was copied.
    StagedFile(const std::filesystem::path& source, const Binding& where);

    // "/proc/PID/fd/N" of this process: to be opened read-only, while this object lives, by any process of this user.
    [[nodiscard]] std::string path() const;
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    // Share of its pages on these nodes, as the kernel says, from up to 4096 of them; 1 for an empty file or no nodes.
    // Nothing where it does not say (containers refuse move_pages, too).
    [[nodiscard]] std::optional<double> share_on(const IdSet& mems) const;

  private:
    void copy(const std::filesystem::path& source);

    UniqueFd fd_;
    std::uint64_t bytes_ = 0;
};

}  // namespace hlaunch
