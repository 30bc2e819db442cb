// A result file appears under its name whole or not at all, and survives a power cut once this
// returns.
#pragma once

#include <filesystem>
#include <string_view>

namespace hlaunch {

// Temporary name beside it, fsync, rename, fsync of the folder. Throws infrastructure naming the
// path.
void write_durably(const std::filesystem::path& path, std::string_view bytes);

}  // namespace hlaunch
