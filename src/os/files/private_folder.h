// A folder for the temporary files of one process tree, removed with all that is in it when the tree has ended.
#pragma once

#include <filesystem>

namespace hlaunch {

// Nobody else may look into it. One of that name that is left from before is removed first. Throws infrastructure.
void make_private_folder(const std::filesystem::path& path);
// Links are removed, not followed. What cannot be removed stays; an empty path names none.
void remove_private_folder(const std::filesystem::path& path) noexcept;

}  // namespace hlaunch
