#include "os/host/host_settings.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <charconv>
#include <sstream>

#include "os/files/file.h"
#include "os/host/kernel_limits.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

template <class Number>
std::optional<Number> number(std::string_view text) {
    const auto from = text.find_first_not_of(" \t");
    if (from == std::string_view::npos) return std::nullopt;
    text.remove_prefix(from);
    Number value{};
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc{}) return std::nullopt;
    return value;
}

std::string line_of(const fs::path& path) {
    auto text = try_read_text(path).value_or("");
    return text.substr(0, text.find('\n'));
}

std::optional<std::uint64_t> meminfo_bytes(const std::string& text, const std::string& key) {
    const auto at = text.find(key + ":");
    if (at == std::string::npos) return std::nullopt;
    const auto kib = number<std::uint64_t>(std::string_view(text).substr(at + key.size() + 1));
    return kib ? std::optional(*kib * 1024) : std::nullopt;
}

void read_frequency(const fs::path& root, HostSettings& out) {
    const auto cpus = root / "sys/devices/system/cpu";
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(cpus, failed)) {
        const auto name = entry.path().filename().string();
        if (!name.starts_with("cpu") || name.find_first_not_of("0123456789", 3) != std::string::npos) continue;
        const auto governor = line_of(entry.path() / "cpufreq/scaling_governor");
        if (governor.empty()) continue;
        ++out.governors[governor];
        if (out.frequency_driver.empty()) out.frequency_driver = line_of(entry.path() / "cpufreq/scaling_driver");
    }
}

// "always [madvise] never"
std::string chosen(const std::string& text) {
    const auto from = text.find('['), to = text.find(']');
    return from == std::string::npos || to == std::string::npos || to < from ? ""
                                                                             : text.substr(from + 1, to - from - 1);
}

// mountinfo writes blanks, tabs, newlines and backslashes as \ooo.
std::string unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned byte = 0;
        if (text[i] == '\\' && i + 3 < text.size() &&
            std::from_chars(&text[i + 1], &text[i + 1] + 3, byte, 8).ptr == &text[i + 1] + 3) {
            out += static_cast<char>(byte);
            i += 3;
        } else {
            out += text[i];
        }
    }
    return out;
}

}  // namespace

std::map<std::string, Limit> parse_limits(std::string_view text) {
    std::map<std::string, Limit> out;
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        constexpr std::size_t name_width = 26;  // fs/proc/base.c: "%-25s %-20s ..."
        if (!line.starts_with("Max ") || line.size() < name_width) continue;
        auto name = line.substr(0, name_width);
        name.erase(name.find_last_not_of(' ') + 1);
        const auto value = std::string_view(line).substr(name_width);
        if (value.starts_with("unlimited"))
            out[name] = std::nullopt;
        else if (const auto bytes = number<std::uint64_t>(value))
            out[name] = *bytes;
    }
    return out;
}

std::vector<Mount> parse_mounts(std::string_view text) {
    std::vector<Mount> out;
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::vector<std::string> fields;
        for (std::string word; words >> word;) fields.push_back(word);
        const auto dash = std::ranges::find(fields, "-");
        if (fields.size() < 5 || dash == fields.end() || dash + 1 == fields.end()) continue;
        out.push_back({unescape(fields[4]), *(dash + 1)});
    }
    return out;
}

std::string filesystem_type(const std::vector<Mount>& mounts, const fs::path& path) {
    const Mount* best = nullptr;
    for (const auto& mount : mounts) {
        const fs::path point(mount.point);
        const auto end = std::ranges::mismatch(point, path).in1;
        const bool holds = end == point.end() || (mount.point == "/" && path.is_absolute());
        // Of two on one point the later hides the earlier.
        if (holds && (best == nullptr || mount.point.size() >= best->point.size())) best = &mount;
    }
    return best == nullptr ? "" : best->type;
}

HostSettings read_host_settings(const fs::path& root) {
    HostSettings out;
    const auto meminfo = try_read_text(root / "proc/meminfo").value_or("");
    out.memory_total_bytes = meminfo_bytes(meminfo, "MemTotal");
    out.memory_available_bytes = meminfo_bytes(meminfo, "MemAvailable");
    out.control_groups = read_limits(root);
    out.load_1min = number<double>(line_of(root / "proc/loadavg"));
    read_frequency(root, out);
    out.numa_balancing = number<long>(line_of(root / "proc/sys/kernel/numa_balancing"));
    out.zone_reclaim_mode = number<long>(line_of(root / "proc/sys/vm/zone_reclaim_mode"));
    out.overcommit_memory = number<long>(line_of(root / "proc/sys/vm/overcommit_memory"));
    out.huge_pages = chosen(line_of(root / "sys/kernel/mm/transparent_hugepage/enabled"));
    struct statvfs info {};
    if (::statvfs((root / "dev/shm").c_str(), &info) == 0) {
        out.shm_size_bytes = static_cast<std::uint64_t>(info.f_blocks) * info.f_frsize;
        out.shm_free_bytes = static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
    }
    out.limits = parse_limits(try_read_text(root / "proc/self/limits").value_or(""));
    out.mounts = parse_mounts(try_read_text(root / "proc/self/mountinfo").value_or(""));
    return out;
}

}  // namespace hlaunch
