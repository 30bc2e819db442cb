// Paths in which no component is a symbolic link. In a folder that others may write to, one may stand wherever a folder
// or file was yesterday: what is written, emptied or removed behind it would be somewhere else. For a path that the
// user typed: canonical_path() first.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "os/io/unique_fd.h"

namespace hlaunch {

// As open(2); ELOOP where a component is a link. One system call from Linux 5.6 on, else a walk from folder to folder.
// May be called between fork and exec.
[[nodiscard]] int open_no_links(const char* path, int flags, mode_t mode = 0) noexcept;

// The walk alone, as where the kernel is older.
[[nodiscard]] int walk_no_links(const char* path, int flags, mode_t mode = 0) noexcept;

// A folder that stays the one it is, and a name in it.
struct HeldName {
    UniqueFd folder;  // invalid: errno tells
    std::string name;
};
[[nodiscard]] HeldName hold_folder_of(const std::filesystem::path& path) noexcept;

// A new file beside it, by a name of chance; then it takes the name from whatever has it, a link too.
class Replacement {
  public:
    explicit Replacement(const std::filesystem::path& path);  // ok() is false where it cannot be made
    Replacement(const Replacement&) = delete;
    Replacement& operator=(const Replacement&) = delete;
    ~Replacement();
    [[nodiscard]] bool ok() const { return static_cast<bool>(fd_); }
    [[nodiscard]] int descriptor() const { return fd_.get(); }
    [[nodiscard]] const HeldName& place() const { return place_; }
    [[nodiscard]] bool close() { return ::close(fd_.release()) == 0; }
    [[nodiscard]] bool take_name();        // errno tells
    [[nodiscard]] bool link_name() const;  // only where nothing has it

  private:
    HeldName place_;
    std::string temporary_;
    UniqueFd fd_;
};

// With parents; an existing folder is fine. Returns errno, 0 when fine: ELOOP for a link, ENOTDIR for a file.
[[nodiscard]] int make_folders(const std::filesystem::path& path) noexcept;
// The file, link or whole folder of that name; what a link points to stays, and nothing is reached through one. Nothing
// there: fine. Returns errno, 0 when fine.
int remove_tree(const std::filesystem::path& path) noexcept;
// Of a folder reached through no link; none where it cannot be read.
[[nodiscard]] std::vector<std::string> names_in(const std::filesystem::path& folder);
// A regular file's text, reached through no link; nothing where it cannot be had.
[[nodiscard]] std::optional<std::string> read_no_links(const std::filesystem::path& path);

}  // namespace hlaunch
