#include "topology/mem_policy.h"

#include <array>
#include <utility>

#include "base/error.h"

namespace hlaunch {
namespace {

constexpr std::array<std::pair<std::string_view, MemPolicy>, 5> names{{
    {"bind", MemPolicy::bind},
    {"preferred", MemPolicy::preferred},
    {"preferred-many", MemPolicy::preferred_many},
    {"interleave", MemPolicy::interleave},
    {"local", MemPolicy::local},
}};

}  // namespace

std::string_view to_string(MemPolicy policy) {
    for (const auto& [name, value] : names)
        if (value == policy) return name;
    return "local";
}

MemPolicy parse_mem_policy(std::string_view text) {
    for (const auto& [name, value] : names)
        if (name == text) return value;
    throw usage_error("memory policy '{}' is unknown; use bind, preferred, preferred-many, interleave or local", text);
}

}  // namespace hlaunch
