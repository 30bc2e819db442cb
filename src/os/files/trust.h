// Whose word a file or folder is: it is believed only where nobody but its owner and root could have written it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace hlaunch {

struct Ownership {
    uid_t owner = 0;
    gid_t group = 0;
    mode_t mode = 0;
    bool access_list = false;    // POSIX ACL: the group's bits are then those of its mask
    bool private_group = false;  // the owner's own: primary, of the owner's name, without other members
};

enum class Writers {
    own,      // the caller or root, and nobody else
    another,  // belongs to another user
    others    // the caller's or root's, but others may write to it
};
// Pure. A group that is the owner's alone is nobody else (umask 002 on systems with a group for each user); any other
// group is, as for sshd. The sticky bit of a folder does not count: others still make files in it.
[[nodiscard]] Writers who_writes(const Ownership& ownership, uid_t caller);

struct Trust {
    Writers writers = Writers::own;
    std::string why;  // "belongs to user 1001", "may be written by others (mode 666)"; empty where it is trusted
    [[nodiscard]] bool trusted() const { return writers == Writers::own; }
};
// Of an open file or folder, for the effective user.
[[nodiscard]] Trust trust_of(int fd);
// A folder that is not there: trusted, there is nothing in it. One that may not be opened: another's.
[[nodiscard]] Trust trust_of_folder(const std::filesystem::path& folder);
// The worse of the file, of the link that stands for it, and of its folder.
[[nodiscard]] Trust trust_of_file(const std::filesystem::path& file);

// The first link on the way to it that belongs to neither the caller nor root: it may lead elsewhere tomorrow. Empty:
// none.
[[nodiscard]] std::filesystem::path link_of_another(const std::filesystem::path& path);

// The text of a regular file that belongs to the caller or root and that nobody else may write, not through a link;
// nothing where there is none. Else infrastructure Error that says why and what to do. Never blocks.
[[nodiscard]] std::optional<std::string> read_own_file(const std::filesystem::path& path, std::uint64_t most_bytes);

}  // namespace hlaunch
