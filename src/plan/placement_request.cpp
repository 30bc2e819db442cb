#include "plan/placement_request.h"

#include <charconv>

#include "base/error.h"

namespace hlaunch {

namespace {

using Per = PlacementRequest::Per;

constexpr std::pair<std::string_view, Per> names[] = {
    {"auto", Per::automatic}, {"numa", Per::numa},       {"package", Per::package},
    {"l3", Per::l3},          {"machine", Per::machine},
};

}  // namespace

void parse_per(std::string_view text, PlacementRequest& request) {
    for (const auto& [name, per] : names) {
        if (text != name) continue;
        request.per = per;
        return;
    }
    constexpr std::string_view prefix = "cores:";
    if (text.starts_with(prefix)) {
        const auto number = text.substr(prefix.size());
        unsigned cores = 0;
        const auto [end, failed] = std::from_chars(number.data(), number.data() + number.size(), cores);
        if (failed != std::errc{} || end != number.data() + number.size() || cores == 0)
            throw usage_error("--per {}: write a number of cores from 1, such as cores:4", text);
        request.per = Per::cores;
        request.cores_each = cores;
        return;
    }
    throw usage_error("--per '{}' is unknown; use numa, package, l3, machine, cores:N or auto", text);
}

std::string per_text(const PlacementRequest& request) {
    for (const auto& [name, per] : names)
        if (request.per == per) return std::string(name);
    return "cores:" + std::to_string(request.cores_each);
}

}  // namespace hlaunch
