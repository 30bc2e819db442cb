#include "tune/settings_text.h"

#include <fmt/format.h>

#include <vector>

#include "base/trimmed.h"

namespace hlaunch {
namespace {

constexpr std::string_view begin_mark = "# hlaunch tune: begin";
constexpr std::string_view end_mark = "# hlaunch tune: end";

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        out.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

// "[run]", perhaps with a comment behind it.
bool is_run_header(std::string_view line) {
    line = trimmed(line);
    const auto close = line.find(']');
    if (!line.starts_with("[") || close == std::string_view::npos || trimmed(line.substr(1, close - 1)) != "run")
        return false;
    const auto rest = trimmed(line.substr(close + 1));
    return rest.empty() || rest.starts_with("#");
}

bool sets(std::string_view line, std::string_view key) {
    line = trimmed(line);
    return line.starts_with(key) && trimmed(line.substr(key.size())).starts_with("=");
}

std::vector<std::string> comment_block(const TunedSettings& tuned) {
    std::vector<std::string> out{std::string(begin_mark)};
    for (const auto& line : lines_of(tuned.comment)) out.push_back(line.empty() ? "#" : "# " + line);
    out.emplace_back(end_mark);
    return out;
}

// Takes out a former block; false where its end is missing.
bool drop_block(std::vector<std::string>& lines) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (trimmed(lines[i]) != begin_mark) continue;
        std::size_t end = i;
        while (end < lines.size() && trimmed(lines[end]) != end_mark) ++end;
        if (end == lines.size()) return false;
        lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(i),
                    lines.begin() + static_cast<std::ptrdiff_t>(end) + 1);
        --i;
    }
    return true;
}

}  // namespace

std::string tuned_lines(const TunedSettings& tuned) {
    auto out = fmt::format("[run]\nper = \"{}\"\n", tuned.per);
    if (tuned.num_workers) out += fmt::format("num_workers = {}\n", *tuned.num_workers);
    return out;
}

std::optional<std::string> with_tuned(std::string_view text, const TunedSettings& tuned) {
    // Their lines can look like anything.
    if (text.find("\"\"\"") != std::string_view::npos || text.find("'''") != std::string_view::npos) return {};
    auto lines = lines_of(text);
    if (!drop_block(lines)) return {};
    std::size_t header = lines.size(), end = lines.size();
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (is_run_header(lines[i])) {
            if (header != lines.size()) return {};
            header = i;
        } else if (header != lines.size() && end == lines.size() && trimmed(lines[i]).starts_with("[")) {
            end = i;
        }
    }
    std::vector<std::string> wanted{fmt::format("per = \"{}\"", tuned.per)};
    std::vector<std::string> keys{"per"};
    if (tuned.num_workers) {
        keys.emplace_back("num_workers");
        wanted.push_back(fmt::format("num_workers = {}", *tuned.num_workers));
    }
    std::vector<std::string> out(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(header));
    const auto block = comment_block(tuned);
    if (header == lines.size()) {
        if (!out.empty() && !trimmed(out.back()).empty()) out.emplace_back();
        out.insert(out.end(), block.begin(), block.end());
        out.emplace_back("[run]");
    } else {
        out.insert(out.end(), block.begin(), block.end());
        out.push_back(lines[header]);
    }
    out.insert(out.end(), wanted.begin(), wanted.end());
    for (std::size_t i = header + 1; i < lines.size(); ++i) {
        bool replaced = false;
        for (const auto& key : keys) replaced = replaced || (i < end && sets(lines[i], key));
        if (replaced) continue;
        out.push_back(i < end && sets(lines[i], "instances") ? "# " + lines[i] : lines[i]);
    }
    return fmt::format("{}\n", fmt::join(out, "\n"));
}

}  // namespace hlaunch
