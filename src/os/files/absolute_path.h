// Absolute paths as the kernel would walk them.
#pragma once

#include <filesystem>

namespace hlaunch {

// Without "." and "//". ".." behind a link leads to the parent of what the link names: there the links are followed.
// Need not exist. Throws infrastructure Error where the current folder is gone.
[[nodiscard]] std::filesystem::path absolute_path(const std::filesystem::path& path);
[[nodiscard]] std::filesystem::path absolute_path(const std::filesystem::path& path,
                                                  const std::filesystem::path& folder);

}  // namespace hlaunch
