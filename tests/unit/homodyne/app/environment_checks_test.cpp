#include "homodyne/app/environment_checks.h"

#include <algorithm>

#include "catch.h"

using namespace hlaunch;
using namespace hlaunch::homodyne;

namespace {

Level level(const std::map<std::string, std::string>& variables, const std::string& name) {
    const auto all = check_environment(variables, 4);
    const auto found = std::ranges::find(all, name, &Finding::name);
    REQUIRE(found != all.end());
    CHECK(found->remedy.empty() == (found->level == Level::ok));
    return found->level;
}

}  // namespace

TEST_CASE("an environment without variables is fine") {
    for (const auto& finding : check_environment({}, 4)) CHECK(finding.level == Level::ok);
}

TEST_CASE("variables that spoil a run") {
    CHECK(level({{"XLA_FLAGS", "--xla_dump_to=/d"}}, "xla-flags") == Level::ok);
    CHECK(level({{"XLA_FLAGS", "threads=3 --xla_dump_to=/d"}}, "xla-flags") == Level::warn);
    CHECK(level({{"OMP_PROC_BIND", "close"}}, "openmp-places") == Level::warn);
    CHECK(level({{"OMP_NUM_THREADS", "4"}}, "thread-variables") == Level::ok);
    CHECK(level({{"OMP_NUM_THREADS", "5"}}, "thread-variables") == Level::warn);
    CHECK(level({{"MKL_NUM_THREADS", "all"}}, "thread-variables") == Level::warn);
    CHECK(level({{"JAX_PLATFORMS", "cuda"}}, "jax-platforms") == Level::fail);
    CHECK(level({{"JAX_PLATFORMS", "cuda,cpu"}}, "jax-platforms") == Level::warn);
    CHECK(level({{"JAX_PLATFORMS", "cpu"}}, "jax-platforms") == Level::ok);
    CHECK(level({{"JAX_DISABLE_JIT", "True"}}, "jax-debugging") == Level::fail);
    CHECK(level({{"JAX_DEBUG_NANS", "1"}}, "jax-debugging") == Level::warn);
    CHECK(level({{"JAX_DEBUG_NANS", "0"}}, "jax-debugging") == Level::ok);
    CHECK(level({{"JAX_ENABLE_X64", "0"}}, "jax-x64") == Level::warn);
}

TEST_CASE("a version that the hooks do not know is told") {
    Facts facts;
    facts.version = "9.9";
    CHECK(check_versions(facts).front().level == Level::warn);
    facts.known = true;
    CHECK(check_versions(facts).front().level == Level::ok);
}
