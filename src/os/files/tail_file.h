// A file that grows, as `tail -f` sees it.
#pragma once

#include <filesystem>
#include <string>

#include "os/io/unique_fd.h"

namespace hlaunch {

class TailFile {
  public:
    explicit TailFile(std::filesystem::path path) : path_(std::move(path)) {}

    // What came since the last call, at most most_bytes; empty: nothing now. One that is not there yet is waited for;
    // one that was replaced is read to its end first, then the new one; one that was emptied from its start; one
    // whose name went while it was empty ends with it (RecycledFile). What is no regular file stays empty.
    // Never blocks.
    [[nodiscard]] std::string read_more(std::size_t most_bytes = 1U << 20U);
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    [[nodiscard]] bool was_replaced() const;  // there is another now
    [[nodiscard]] bool is_gone() const;

    std::filesystem::path path_;
    UniqueFd fd_;
    long offset_ = 0;
};

}  // namespace hlaunch
