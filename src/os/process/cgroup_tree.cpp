#include "os/process/cgroup_tree.h"

#include <algorithm>
#include <optional>
#include <sstream>

#include "os/files/file.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

bool lists(std::string_view comma_separated, std::string_view word) {
    return ("," + std::string(comma_separated) + ",").find("," + std::string(word) + ",") != std::string::npos;
}

struct Own {
    bool unified = false;
    std::string controllers, path;
};

// The process's line of /proc/self/cgroup that governs the controller: version 1 where it has it.
std::optional<Own> own_group(const fs::path& root, std::string_view controller) {
    std::optional<Own> unified;
    std::istringstream lines(try_read_text(root / "proc/self/cgroup").value_or(""));
    for (std::string line; std::getline(lines, line);) {
        const auto first = line.find(':');
        const auto second = first == std::string::npos ? first : line.find(':', first + 1);
        if (second == std::string::npos) continue;
        const auto controllers = line.substr(first + 1, second - first - 1);
        if (lists(controllers, controller)) return Own{false, controllers, line.substr(second + 1)};
        if (line.starts_with("0::")) unified = Own{true, "", line.substr(second + 1)};
    }
    return unified;
}

struct MountedTree {
    fs::path point;    // below root
    std::string base;  // what of the hierarchy is mounted there: "/" or "/docker/1f2e"
};

std::optional<MountedTree> mounted(const fs::path& root, const Own& own, std::string_view controller) {
    std::optional<MountedTree> out;
    std::istringstream lines(try_read_text(root / "proc/self/mountinfo").value_or(""));
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::vector<std::string> fields;
        for (std::string word; words >> word;) fields.push_back(word);
        const auto dash = std::find(fields.begin(), fields.end(), "-");
        if (fields.size() < 6 || fields.end() - dash < 4) continue;
        const auto& type = *(dash + 1);
        if (own.unified ? type != "cgroup2" : type != "cgroup" || !lists(*(dash + 3), controller)) continue;
        out = MountedTree{root / fs::path(fields[4]).relative_path(), fields[3]};
        if (fs::path(fields[3]) == "/") break;  // the whole rather than a part of it
    }
    if (out) return out;
    // A copy of a host's files may lack mountinfo.
    std::vector<fs::path> usual;
    const auto top = root / "sys/fs/cgroup";
    if (own.unified)
        usual = {top / "unified", top};
    else
        usual = {top / own.controllers, top / controller};
    std::error_code failed;
    for (const auto& point : usual)
        if (fs::is_directory(point, failed)) return MountedTree{point, "/"};
    return std::nullopt;
}

// The own path below what is mounted; the top of it where the path is none of it (another cgroup namespace).
fs::path below(const std::string& own, const std::string& base) {
    const auto path = fs::path(own).lexically_normal();
    const auto within = base == "/" ? path.relative_path() : path.lexically_relative(base);
    if (within.empty() || within == "." || *within.begin() == ".." || own.find("..") != std::string::npos) return {};
    return within;
}

}  // namespace

GroupTree group_tree(std::string_view controller, const fs::path& root) {
    const auto own = own_group(root, controller);
    if (!own) return {};
    const auto tree = mounted(root, *own, controller);
    if (!tree) return {};
    GroupTree out{own->unified, {}};
    std::error_code failed;
    for (auto within = below(own->path, tree->base);; within = within.parent_path()) {
        const auto folder = within.empty() ? tree->point : tree->point / within;
        if (fs::is_directory(folder, failed))
            out.folders.push_back({folder, within.empty() ? tree->base : (fs::path(tree->base) / within).string()});
        if (within.empty()) return out;
    }
}

}  // namespace hlaunch
