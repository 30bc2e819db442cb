#include "os/process/cgroup.h"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <charconv>
#include <system_error>
#include <utility>

#include "os/files/file.h"
#include "os/io/unique_fd.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

// Calls `use` for each line until it says true.
template <class Use>
void each_line(std::string_view text, Use use) {
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        if (use(text.substr(0, end))) return;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

// The nearest group that counts: where the controller is not enabled, the one above does.
std::optional<std::uint64_t> count_on_the_way_up(const fs::path& top, const std::string& folder, const char* file) {
    for (auto below = fs::path(folder).relative_path();; below = below.parent_path()) {
        if (const auto text = try_read_text(top / below / file))
            if (const auto count = parse_oom_kills(*text)) return count;
        if (below.empty()) return std::nullopt;
    }
}

bool write_to(const fs::path& file, std::string_view text) {
    const UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
    return fd && ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

// Of this process; nothing where the mounted tree does not show it (a container).
std::optional<fs::path> unified_folder() {
    const auto own = parse_cgroups(try_read_text("/proc/self/cgroup").value_or("")).unified;
    if (!own) return std::nullopt;
    for (const char* top : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"})
        if (const auto folder = fs::path(top) / fs::path(*own).relative_path();
            ::access((folder / "cgroup.procs").c_str(), F_OK) == 0)
            return folder;
    return std::nullopt;
}

bool delegated(const fs::path& folder) {
    if (::geteuid() != 0)
        return ::access(folder.c_str(), W_OK) == 0 && ::access((folder / "cgroup.procs").c_str(), W_OK) == 0;
    char mark = '0';
    return ::getxattr(folder.c_str(), "user.delegate", &mark, 1) == 1 && mark == '1';
}

std::string name_of(pid_t pid) {
    return "hlaunch-" + std::to_string(pid);
}

}  // namespace

CgroupFolders parse_cgroups(std::string_view text) {
    CgroupFolders out;
    each_line(text, [&](std::string_view line) {
        const auto first = line.find(':');
        const auto second = first == std::string_view::npos ? first : line.find(':', first + 1);
        if (second == std::string_view::npos) return false;
        const auto controllers = "," + std::string(line.substr(first + 1, second - first - 1)) + ",";
        if (line.starts_with("0::")) out.unified = std::string(line.substr(second + 1));
        if (controllers.find(",memory,") != std::string::npos) out.memory = std::string(line.substr(second + 1));
        return false;
    });
    return out;
}

std::optional<std::uint64_t> parse_oom_kills(std::string_view text) {
    static constexpr std::string_view key = "oom_kill ";
    std::optional<std::uint64_t> out;
    each_line(text, [&](std::string_view line) {
        if (!line.starts_with(key)) return false;
        std::uint64_t count = 0;
        const auto [end, error] = std::from_chars(line.data() + key.size(), line.data() + line.size(), count);
        if (error == std::errc() && end == line.data() + line.size()) out = count;
        return true;
    });
    return out;
}

std::optional<std::uint64_t> oom_kills(pid_t pid, const fs::path& root) {
    const auto own = parse_cgroups(try_read_text(root / "proc" / std::to_string(pid) / "cgroup").value_or(""));
    // Beside version 1 of the memory controller version 2 has none.
    if (own.memory) return count_on_the_way_up(root / "sys/fs/cgroup/memory", *own.memory, "memory.oom_control");
    if (own.unified) return count_on_the_way_up(root / "sys/fs/cgroup", *own.unified, "memory.events");
    return std::nullopt;
}

OwnCgroup::OwnCgroup(fs::path parent, fs::path folder) : parent_(std::move(parent)), folder_(std::move(folder)) {}

std::optional<OwnCgroup> OwnCgroup::create() {
    auto parent = unified_folder();
    if (!parent || !delegated(*parent)) return std::nullopt;
    const auto folder = *parent / name_of(::getpid());
    std::error_code failed;
    if (!fs::create_directory(folder, failed)) return std::nullopt;
    OwnCgroup made(std::move(*parent), folder);
    if (::access((folder / "cgroup.kill").c_str(), W_OK) != 0 || !write_to(folder / "cgroup.procs", "0"))
        return std::nullopt;
    return made;
}

OwnCgroup::~OwnCgroup() {
    if (folder_.empty()) return;
    (void)write_to(parent_ / "cgroup.procs", "0");
    ::rmdir(folder_.c_str());
}

void OwnCgroup::kill_others() const {
    if (!write_to(parent_ / "cgroup.procs", "0")) return;
    (void)write_to(folder_ / "cgroup.kill", "1");
    (void)write_to(folder_ / "cgroup.procs", "0");
}

void kill_cgroup_of(pid_t dead) {
    if (const auto own = unified_folder()) (void)write_to(*own / name_of(dead) / "cgroup.kill", "1");
}

void remove_cgroup_of(pid_t dead) {
    if (const auto own = unified_folder()) ::rmdir((*own / name_of(dead)).c_str());
}

}  // namespace hlaunch
