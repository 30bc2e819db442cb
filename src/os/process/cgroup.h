// Control groups: who was killed for want of memory, and a group that the kernel kills as a whole.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace hlaunch {

// Folders below their mount points, "/a/b", from the text of /proc/PID/cgroup.
struct CgroupFolders {
    std::optional<std::string> unified;  // version 2
    std::optional<std::string> memory;   // version 1
};
[[nodiscard]] CgroupFolders parse_cgroups(std::string_view text);

// The count in memory.events (version 2) or memory.oom_control (version 1).
[[nodiscard]] std::optional<std::uint64_t> parse_oom_kills(std::string_view text);

// Kills by the kernel for want of memory, so far, in the process's own group; with version 2 in those below too. A
// count that has grown while a tree ran tells its SIGKILL from others. Nothing where the kernel does not say. root: a
// copy of a host's files.
[[nodiscard]] std::optional<std::uint64_t> oom_kills(pid_t pid, const std::filesystem::path& root = "/");

// A version 2 group for this process and what it starts from now on, below the group it was in: "hlaunch-PID".
class OwnCgroup {
  public:
    // Only where the group we are in was delegated to us: ours by its permissions, as root by systemd's mark
    // (user.delegate). Else nothing, and nothing is touched; nor before Linux 5.14, which cannot kill a group.
    [[nodiscard]] static std::optional<OwnCgroup> create();
    OwnCgroup(OwnCgroup&& other) noexcept = default;
    OwnCgroup& operator=(OwnCgroup&&) = delete;
    OwnCgroup(const OwnCgroup&) = delete;
    ~OwnCgroup();  // leaves it and removes it; one that still holds processes stays

    // SIGKILL to all in it but us, also to who is being forked just now.
    void kill_others() const;

  private:
    OwnCgroup(std::filesystem::path parent, std::filesystem::path folder);
    std::filesystem::path parent_, folder_;  // empty: moved from
};

// What a process that was killed has left of its OwnCgroup below OUR group.
void kill_cgroup_of(pid_t dead);
void remove_cgroup_of(pid_t dead);

}  // namespace hlaunch
