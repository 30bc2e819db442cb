#include "homodyne/app/environment_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "homodyne/app/xla_flags.h"

namespace hlaunch::homodyne {
namespace {

using Variables = std::map<std::string, std::string>;

std::string value_of(const Variables& variables, const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? "" : found->second;
}

// As jax reads a switch.
bool is_on(std::string value) {
    std::ranges::transform(value, value.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return value == "1" || value == "true" || value == "t" || value == "yes" || value == "y" || value == "on";
}

Finding flags(const Variables& variables) {
    const auto set = value_of(variables, "XLA_FLAGS");
    const auto traps = lint_xla_flags(set);
    if (set.empty()) return ok("xla-flags", "unset: each instance gets its own");
    if (!traps.empty()) return warn("xla-flags", set, fmt::format("{}", fmt::join(traps, "; ")));
    return ok("xla-flags", set);
}

Finding openmp_places(const Variables& variables) {
    std::string value;
    for (const auto* name : {"OMP_PROC_BIND", "OMP_PLACES", "GOMP_CPU_AFFINITY", "KMP_AFFINITY"})
        if (const auto set = value_of(variables, name); !set.empty())
            value += fmt::format("{}{}={}", value.empty() ? "" : " ", name, set);
    if (value.empty()) return ok("openmp-places", "unset");
    return warn("openmp-places", value,
                "they pin all workers to the same cores; hlaunch clears the first two for its instances, homodyne by "
                "hand does not: unset them");
}

Finding threads(const Variables& variables, unsigned pus) {
    std::string value, above;
    for (const auto* name : {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"}) {
        const auto set = value_of(variables, name);
        if (set.empty()) continue;
        value += fmt::format("{}{}={}", value.empty() ? "" : " ", name, set);
        unsigned number = 0;
        const auto [end, failed] = std::from_chars(set.data(), set.data() + set.size(), number);
        if (failed != std::errc{} || end != set.data() + set.size() || number == 0 || number > pus) above = name;
    }
    if (value.empty()) return ok("thread-variables", "unset: each instance gets its own");
    if (!above.empty())
        return warn(
            "thread-variables", value,
            fmt::format("{} is no number from 1 to the {} PUs here: unset it; instances get their own", above, pus));
    return ok("thread-variables", value);
}

std::vector<Finding> jax(const Variables& variables) {
    std::vector<Finding> out;
    const auto platforms = value_of(variables, "JAX_PLATFORMS");
    if (!platforms.empty() && platforms.find("cpu") == std::string::npos)
        out.push_back(fail("jax-platforms", platforms, "homodyne computes on the CPU: unset JAX_PLATFORMS"));
    else if (!platforms.empty() && platforms != "cpu")
        out.push_back(warn("jax-platforms", platforms, "homodyne computes on the CPU: export JAX_PLATFORMS=cpu"));
    else
        out.push_back(ok("jax-platforms", platforms.empty() ? "unset" : platforms));
    std::string slow;
    for (const auto* name :
         {"JAX_DISABLE_JIT", "JAX_DEBUG_NANS", "JAX_DEBUG_INFS", "JAX_CHECK_TRACER_LEAKS", "JAX_LOG_COMPILES"})
        if (is_on(value_of(variables, name))) slow += fmt::format("{}{}", slow.empty() ? "" : " ", name);
    if (is_on(value_of(variables, "JAX_DISABLE_JIT")))
        out.push_back(
            fail("jax-debugging", slow, "nothing is compiled, and sampling takes days: unset JAX_DISABLE_JIT"));
    else if (!slow.empty())
        out.push_back(warn("jax-debugging", slow, "for finding bugs, many times slower: unset"));
    else
        out.push_back(ok("jax-debugging", "off"));
    const auto x64 = value_of(variables, "JAX_ENABLE_X64");
    if (!x64.empty() && !is_on(x64))
        out.push_back(
            warn("jax-x64", x64, "parameters span six orders of magnitude and need 64 bits: unset JAX_ENABLE_X64"));
    else
        out.push_back(ok("jax-x64", x64.empty() ? "unset: homodyne sets 64 bits" : x64));
    return out;
}

}  // namespace

std::vector<Finding> check_environment(const Variables& variables, unsigned pus) {
    std::vector<Finding> out{flags(variables), openmp_places(variables), threads(variables, pus)};
    std::ranges::move(jax(variables), std::back_inserter(out));
    return out;
}

std::vector<Finding> check_versions(const Facts& facts) {
    std::vector<Finding> out;
    if (facts.known)
        out.push_back(ok("homodyne", facts.version));
    else
        out.push_back(
            warn("homodyne", facts.version,
                 "the hooks do not know this version: no splitting by shards, only --split replicas or --hooks off; "
                 "pip install homodyne==2.23.3"));
    out.push_back(ok("python", facts.python));
    // homodyne's own requirement (its pyproject): jax 0.8.2 or newer.
    out.push_back(ok("jaxlib", facts.jaxlib));
    return out;
}

}  // namespace hlaunch::homodyne
