// Empty files that get the next name instead of being made anew: on many file systems a new inode costs more than to
// start a process, and thousands of empty ones help nobody.
#pragma once

#include <filesystem>
#include <utility>

namespace hlaunch {

class RecycledFile {
  public:
    RecycledFile() = default;
    RecycledFile(RecycledFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    RecycledFile& operator=(RecycledFile&&) = delete;
    ~RecycledFile() { remove(); }

    // Takes it over where it is a regular file and empty; nobody may write to it any more.
    void keep(const std::filesystem::path& path);
    // It is found there now, unless something is there already. Without a spare nothing is done.
    void give(const std::filesystem::path& path);

  private:
    void remove() noexcept;

    std::filesystem::path path_;  // empty: none
};

}  // namespace hlaunch
