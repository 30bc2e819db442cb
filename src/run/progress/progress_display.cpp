#include "run/progress/progress_display.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/text/quantity.h"

namespace hlaunch {
namespace {

constexpr double plain_interval_s = 60.0;  // a sign of life in a log file

std::size_t terminal_columns() {
    winsize size{};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 100;
}

}  // namespace

ProgressDisplay::Style ProgressDisplay::style_for(bool is_terminal, bool quiet) {
    if (quiet) return Style::quiet;
    return is_terminal ? Style::terminal : Style::plain;
}

void ProgressDisplay::erase() {
    for (; lines_shown_ > 0; --lines_shown_) std::fputs("\x1b[A\x1b[2K", stderr);
}

void ProgressDisplay::note(const std::string& line) {
    if (style_ == Style::quiet) return;
    erase();
    std::fputs((line + "\n").c_str(), stderr);
    if (style_ == Style::terminal && !last_.empty()) update(last_, last_total_);
    std::fflush(stderr);
}

void ProgressDisplay::update(const std::vector<InstanceProgress>& all, const std::optional<InstanceProgress>& total) {
    last_ = all;
    last_total_ = total;
    if (style_ == Style::plain)
        for (const auto& progress : all) update_plain(progress);
    if (style_ != Style::terminal) return;
    erase();
    const auto columns = terminal_columns();
    auto shown = all;
    if (total) {
        std::erase_if(shown,
                      [](const auto& progress) { return progress.state != "running" && progress.state != "stopping"; });
        shown.push_back(*total);
    }
    for (const auto& progress : shown) std::fputs((render_progress(progress, columns - 1) + "\n").c_str(), stderr);
    lines_shown_ = shown.size();
    if (const auto remaining = estimate_remaining_s(total ? std::vector{*total} : all)) {
        std::fputs(fmt::format("  about {} left\n", format_duration(*remaining)).c_str(), stderr);
        ++lines_shown_;
    }
    std::fflush(stderr);
}

void ProgressDisplay::update_plain(const InstanceProgress& progress) {
    auto [at, fresh] = said_.try_emplace(progress.part);
    auto& said = at->second;
    if (!fresh && said.units == progress.units_done && said.state == progress.state &&
        progress.elapsed_s - said.elapsed_s < plain_interval_s)
        return;
    said = {progress.units_done, progress.state, progress.elapsed_s};
    std::fputs((render_progress(progress, 400) + "\n").c_str(), stderr);
}

void ProgressDisplay::finish() {
    lines_shown_ = 0;
    last_.clear();
    last_total_.reset();
    said_.clear();
}

}  // namespace hlaunch
