// The data files that homodyne's YAML names. Pure.
#pragma once

#include <string>
#include <vector>

namespace hlaunch::homodyne {

// experimental_data: data_folder_path and data_file_name, else file_path, as written: homodyne takes what is relative
// from where it is started. Of all that are named, also where homodyne would read one of them only; none: empty.
[[nodiscard]] std::vector<std::string> data_paths(const std::string& yaml);

}  // namespace hlaunch::homodyne
