#include "os/process/process_info.h"

#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <system_error>

#include "os/files/file.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> fields;
    for (std::size_t at = 0; (at = text.find_first_not_of(" \n", at)) != std::string_view::npos;) {
        const auto end = std::min(text.find_first_of(" \n", at), text.size());
        fields.push_back(text.substr(at, end - at));
        at = end;
    }
    return fields;
}

template <class Number>
bool parse(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

fs::path proc(pid_t pid, const char* file) {
    return fs::path("/proc") / std::to_string(pid) / file;
}

}  // namespace

std::optional<ProcessInfo> parse_process(std::string_view stat, std::string_view statm) {
    // The name may hold blanks, parentheses and newlines: it ends at the LAST parenthesis.
    const auto open = stat.find('(');
    const auto close = stat.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open + 1) return std::nullopt;
    ProcessInfo info;
    const auto head = split(stat.substr(0, open));
    const auto fields = split(stat.substr(close + 1));  // from field 3 of proc(5): state
    if (head.size() != 1 || fields.size() < 20 || fields[0].size() != 1) return std::nullopt;
    info.comm = std::string(stat.substr(open + 1, close - open - 1));
    info.state = fields[0].front();
    std::uint64_t user = 0;
    std::uint64_t system = 0;
    std::int64_t reaped_user = 0;
    std::int64_t reaped_system = 0;
    if (!parse(head[0], info.pid) || !parse(fields[1], info.ppid) || !parse(fields[3], info.session) ||
        !parse(fields[11], user) || !parse(fields[12], system) || !parse(fields[13], reaped_user) ||
        !parse(fields[14], reaped_system) || !parse(fields[17], info.threads) || !parse(fields[19], info.start_ticks))
        return std::nullopt;
    static const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    info.cpu_seconds = static_cast<double>(user + system) / ticks;
    info.reaped_cpu_seconds = static_cast<double>(reaped_user + reaped_system) / ticks;
    const auto pages = split(statm);
    std::uint64_t resident = 0;
    std::uint64_t shared = 0;
    if (pages.size() >= 3 && parse(pages[1], resident) && parse(pages[2], shared) && resident > shared)
        info.resident_bytes = (resident - shared) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    return info;
}

std::optional<ProcessInfo> read_process(pid_t pid) {
    const auto stat = try_read_text(proc(pid, "stat"));
    if (!stat) return std::nullopt;
    return parse_process(*stat, try_read_text(proc(pid, "statm")).value_or(""));
}

std::vector<ProcessInfo> all_processes() {
    std::vector<ProcessInfo> result;
    std::error_code error;
    for (fs::directory_iterator entry("/proc", error), end; !error && entry != end; entry.increment(error)) {
        pid_t pid = 0;
        if (!parse(std::string_view(entry->path().filename().native()), pid)) continue;
        if (auto info = read_process(pid)) result.push_back(std::move(*info));
    }
    return result;
}

bool process_exists(int pid) {
    return pid > 0 && (::kill(pid, 0) == 0 || errno == EPERM);
}

std::optional<uid_t> user_of(pid_t pid) {
    const auto text = try_read_text(proc(pid, "status")).value_or("");
    constexpr std::string_view key = "\nUid:\t";
    const auto at = text.find(key);
    uid_t user = 0;
    if (at == std::string::npos) return std::nullopt;
    const auto from = at + key.size();
    if (!parse(std::string_view(text).substr(from, text.find('\t', from) - from), user)) return std::nullopt;
    return user;
}

bool has_variable(pid_t pid, const std::string& variable) {
    const auto text = try_read_text("/proc/" + std::to_string(pid) + "/environ");
    return text && ('\0' + *text + '\0').find('\0' + variable + '\0') != std::string::npos;
}

std::string command_line(pid_t pid, std::size_t max_bytes) {
    std::string text = try_read_text(proc(pid, "cmdline")).value_or("");
    while (!text.empty() && text.back() == '\0') text.pop_back();
    if (text.size() > max_bytes) text.resize(max_bytes);
    for (char& letter : text) {
        if (letter == '\0') letter = ' ';
        const auto byte = static_cast<unsigned char>(letter);
        if (byte < 0x20 || byte == 0x7f) letter = '?';
    }
    return text;
}

}  // namespace hlaunch
