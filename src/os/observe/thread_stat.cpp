#include "os/observe/thread_stat.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>

namespace hlaunch {
namespace {

template <class Number>
bool parse_number(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::optional<ThreadRun> parse_thread_run(std::string_view stat) {
    // The name may hold blanks and parentheses: it ends at the LAST parenthesis. Field 3 of proc(5) follows.
    const auto close = stat.rfind(')');
    if (close == std::string_view::npos) return std::nullopt;
    stat.remove_prefix(close + 1);
    ThreadRun out;
    std::uint64_t user = 0, system = 0;
    for (unsigned field = 3; field <= 39; ++field) {
        const auto from = stat.find_first_not_of(" \n");
        if (from == std::string_view::npos) return std::nullopt;
        const auto to = std::min(stat.find_first_of(" \n", from), stat.size());
        const auto word = stat.substr(from, to - from);
        stat.remove_prefix(to);
        if ((field == 14 && !parse_number(word, user)) || (field == 15 && !parse_number(word, system)) ||
            (field == 39 && !parse_number(word, out.cpu)))
            return std::nullopt;
    }
    static const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    out.cpu_seconds = static_cast<double>(user + system) / ticks;
    return out;
}

std::optional<char> parse_thread_state(std::string_view stat) {
    // The name may hold blanks, parentheses and newlines: it ends at the LAST parenthesis.
    const auto close = stat.rfind(") ");
    if (close == std::string_view::npos || stat.find('(') >= close) return std::nullopt;
    const auto rest = stat.substr(close + 2);
    if (rest.size() < 2 || rest[1] != ' ') return std::nullopt;
    return rest.front();
}

}  // namespace hlaunch
