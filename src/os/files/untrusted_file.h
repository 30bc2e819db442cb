// Files that may be anything: of a run folder somebody else wrote, copied or damaged.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace hlaunch {

// Absent: nothing. A FIFO, a device, a folder, one that is too large or may not be read: infrastructure Error. Never
// blocks.
[[nodiscard]] std::optional<std::string> read_regular_file(const std::filesystem::path& path, std::uint64_t most_bytes);
// The same piece by piece.
void read_regular_pieces(const std::filesystem::path& path, std::uint64_t most_bytes,
                         const std::function<void(std::string_view)>& on_piece);
// The same of one that is open; name is for messages.
[[nodiscard]] std::string read_regular_file(int fd, const std::string& name, std::uint64_t most_bytes);

}  // namespace hlaunch
