#include "homodyne/config/data_paths.h"

#include <filesystem>

#include "homodyne/config/yaml_text.h"

namespace hlaunch::homodyne {

std::vector<std::string> data_paths(const std::string& yaml) {
    std::vector<std::string> out;
    const auto root = load_yaml(yaml);
    if (!root.IsMap()) return out;
    const auto data = root["experimental_data"];
    if (!data || !data.IsMap()) return out;
    const auto text = [&](const char* key) {
        const auto node = data[key];
        return node && node.IsScalar() && !node.IsNull() ? node.Scalar() : std::string();
    };
    const auto folder = text("data_folder_path"), name = text("data_file_name"), path = text("file_path");
    if (!folder.empty() && !name.empty()) out.push_back((std::filesystem::path(folder) / name).string());
    if (!path.empty()) out.push_back(path);
    return out;
}

}  // namespace hlaunch::homodyne
