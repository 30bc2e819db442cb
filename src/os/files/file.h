// Files whose content must be all there or not at all. Every failure is an infrastructure Error
// that names the path, the reason and, where there is one, the remedy (no space, read-only, no
// permission).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "os/io/unique_fd.h"

namespace hlaunch {

[[nodiscard]] std::string read_text(const std::filesystem::path& path);
// Absent or unreadable (a process that ended, a kernel without the file): nothing.
[[nodiscard]] std::optional<std::string> try_read_text(const std::filesystem::path& path);

// The same piece by piece, for files that are not to be held in memory whole.
void read_pieces(const std::filesystem::path& path, const std::function<void(std::string_view)>& on_piece);

// 0 where there is none.
[[nodiscard]] std::uint64_t file_bytes(const std::filesystem::path& path) noexcept;

// What is written, made or removed here is reached through no link, and a link of that name is replaced or removed
// itself (os/io/no_links.h): for run folders, whose root is canonical. For what the user named: canonical_path() or
// write_as_named().

// The old content or the new one, never a torn one: temporary name in the same folder, fsync of
// file and folder, rename. Keeps the mode of a file of ours that was there; else 0666 less the umask.
void write_atomically(const std::filesystem::path& path, std::string_view bytes);
// The same of what a link points to; a device, a FIFO or /dev/stdout is written to.
void write_as_named(const std::filesystem::path& path, std::string_view bytes);

// The old content or the new one, as long as the machine stays up: no fsync. For what is written again in a moment and
// whose loss harms nobody: false where it cannot be written.
bool replace_quietly(const std::filesystem::path& path, std::string_view bytes) noexcept;
// The same where its loss is no matter of indifference: an infrastructure Error.
void replace_in_passing(const std::filesystem::path& path, std::string_view bytes);

// Creates it with its parents; an existing folder is fine, an existing file is not.
void ensure_directory(const std::filesystem::path& path);
// A file, a link or a whole folder; nothing there is fine.
void remove_whole(const std::filesystem::path& path);
// Of a file in a run folder that goes where others read it: through a link it would be a secret of the caller's.
[[nodiscard]] std::string read_text_inside(const std::filesystem::path& path);

// "." for a name alone.
[[nodiscard]] std::filesystem::path folder_of(const std::filesystem::path& path);

// Absolute, without links and "..", also where the last components do not exist yet.
[[nodiscard]] std::filesystem::path canonical_path(const std::filesystem::path& path);

// For a journal: every append() is on disk when it returns (fdatasync).
class AppendFile {
  public:
    explicit AppendFile(std::filesystem::path path);  // created with its folder's entry synced
    // All of the bytes or none: what a full disk, a size limit or a failed sync left is cut off again; where not even
    // that can be done, the next append begins with a newline, so that nothing is glued to half a line. A file that
    // was removed meanwhile is an error too: the bytes would go nowhere.
    void append(std::string_view bytes);
    void write(std::string_view bytes);  // the same without the wait for the disk
    void sync();
    enum class Lock { ours, theirs, none };  // of flock(): see PrivateLock
    // Of a file that is whole now: it gets this name in its folder, whatever has it.
    void take_name(const std::filesystem::path& path);
    // Cuts a torn tail. Later appends follow the new end.
    void truncate(std::uint64_t size_bytes);
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    void add(std::string_view bytes, bool sync);

    std::filesystem::path path_;
    UniqueFd fd_;
    bool half_line_ = false;  // a failed append could not be cut off
};

}  // namespace hlaunch
