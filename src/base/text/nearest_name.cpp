#include "base/text/nearest_name.h"

#include <algorithm>
#include <vector>

namespace hlaunch {
namespace {

constexpr std::size_t longest = 64;

// Optimal string alignment: neighbours that change places count once.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        now[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = std::min(now[j], before[j - 2] + 1);
        }
        before.swap(last);
        last.swap(now);
    }
    return last[b.size()];
}

}  // namespace

std::optional<std::string> nearest_name(std::string_view wanted, std::span<const std::string> known) {
    if (wanted.size() > longest) return std::nullopt;
    std::optional<std::string> out;
    auto best = wanted.size() / 3 + 1;
    for (const auto& name : known) {
        if (name.size() > longest) continue;
        const auto wrong = distance(wanted, name);
        if (wrong >= best + (out ? 0 : 1)) continue;
        best = wrong;
        out = name;
    }
    return out;
}

}  // namespace hlaunch
