// Scans from a file: CSV with a header (RFC 4180), TOML, or one path a line. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "campaign/scan.h"

namespace hlaunch {

// Of one table; what has more is no table of scans, and takes for ever.
inline constexpr std::size_t most_columns = 1000;

// Columns: data (needed), q in 1/A, config, name; all others are labels. Empty cells count as not given. `path` is for
// messages. Throws usage Error with the line: no header, no column data, a row of another width, quotes that do not
// close, a q that is no number.
[[nodiscard]] std::vector<ScanEntry> scans_from_csv(const std::string& text, const std::string& path);

// The same of tables [[scan]]: data (needed), q, config, name; all others are labels: text, numbers, true or false.
[[nodiscard]] std::vector<ScanEntry> scans_from_toml(const std::string& text, const std::string& path);

// Empty lines and those that begin with # are left out.
[[nodiscard]] std::vector<ScanEntry> scans_from_list(const std::string& text, const std::string& path);

}  // namespace hlaunch
