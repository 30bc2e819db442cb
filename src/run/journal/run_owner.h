// Which process runs a folder, as it is written down there, and whether it still does.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace hlaunch {

// A pid means something on one host, since one boot, in one pid namespace; the start time tells it from a later process
// with the same number. Empty or 0: not known.
struct RunOwner {
    std::string host, boot_id, pid_namespace;
    pid_t pid = 0;
    std::uint64_t start_ticks = 0;
    std::string folder_id;  // device and inode of the run folder: a copy has others
};

[[nodiscard]] RunOwner this_process(const std::string& folder);
[[nodiscard]] nlohmann::json to_json(const RunOwner& owner);
[[nodiscard]] std::optional<RunOwner> owner_from_json(const nlohmann::json& json);  // nothing where it names no pid
enum class OwnerState {
    alive,
    gone,
    elsewhere,  // on another host or in another container, or the record lacks something: not to be told from here
    copied      // it runs, or ran, another folder, whose copy this is
};
// folder: where the run folder is now.
[[nodiscard]] OwnerState look_after(const RunOwner& owner, const std::string& folder);
// For who is about to signal an owner that is alive: whether it is an hlaunch of the user who wrote the record, not
// whatever the record names.
[[nodiscard]] bool is_hlaunch_of(const RunOwner& owner, uid_t writer);

}  // namespace hlaunch
