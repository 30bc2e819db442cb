#include "os/process/shared_memory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <set>
#include <system_error>

#include "os/files/file.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

std::optional<SharedMemoryEntry> look_at(const fs::path& path) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_uid != ::geteuid()) return std::nullopt;
    return SharedMemoryEntry{path.filename().native(), static_cast<std::uint64_t>(info.st_size), info.st_ino};
}

}  // namespace

std::vector<SharedMemoryEntry> list_shared_memory(std::span<const std::string> prefixes, const fs::path& folder) {
    std::vector<SharedMemoryEntry> result;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        const std::string name = entry->path().filename().native();
        const auto fits = [&](const std::string& prefix) { return name.starts_with(prefix); };
        if (!prefixes.empty() && std::none_of(prefixes.begin(), prefixes.end(), fits)) continue;
        if (auto found = look_at(entry->path())) result.push_back(std::move(*found));
    }
    std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return result;
}

std::vector<SharedMemoryEntry> shared_memory_of(pid_t pid) {
    const std::string maps = try_read_text("/proc/" + std::to_string(pid) + "/maps").value_or("");
    static constexpr std::string_view key = " /dev/shm/";
    std::set<std::string> names;
    for (auto at = maps.find(key); at != std::string::npos; at = maps.find(key, at + 1)) {
        const auto from = at + key.size();
        const std::string name = maps.substr(from, maps.find('\n', from) - from);
        // " (deleted)": already unlinked, nothing will be left.
        if (name.find('/') == std::string::npos && !name.ends_with(" (deleted)")) names.insert(name);
    }
    std::vector<SharedMemoryEntry> result;
    for (const auto& name : names)
        if (auto found = look_at(shared_memory_folder / name)) result.push_back(std::move(*found));
    return result;
}

std::vector<std::string> remove_shared_memory(std::span<const SharedMemoryEntry> entries, const fs::path& folder) {
    std::vector<std::string> removed;
    for (const auto& entry : entries) {
        const auto now = look_at(folder / entry.name);
        if (now && now->inode == entry.inode && ::unlink((folder / entry.name).c_str()) == 0)
            removed.push_back(entry.name);
    }
    return removed;
}

unsigned remove_shared_memory_of(const std::string& prefix, const fs::path& folder) {
    if (prefix.empty()) return 0;
    const std::vector<std::string> prefixes{prefix, "sem." + prefix};
    return static_cast<unsigned>(remove_shared_memory(list_shared_memory(prefixes, folder), folder).size());
}

}  // namespace hlaunch
