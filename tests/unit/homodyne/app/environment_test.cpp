#include "homodyne/app/environment.h"

#include <algorithm>

#include "catch.h"

using namespace hlaunch;
using namespace hlaunch::homodyne;

TEST_CASE("an instance's environment keeps it to its placement") {
    Placement placement;
    placement.cpus = IdSet::parse("0-15,32-47");
    placement.cores = 16;
    const auto env = instance_environment(placement, {.mode = Mode::cmc_hpc,
                                                      .workers = 7,
                                                      .chains = 12,
                                                      .shim_dir = "/shim",
                                                      .user_python_path = "/mine",
                                                      .user_xla_flags = "",
                                                      .task_file = "/r/task.json",
                                                      .jit_cache_dir = "/r/cache/jit",
                                                      .shared_jit_cache = ""});
    CHECK(env.set.at("PJRT_NPROC") == "2");
    CHECK(env.set.at("PYTHON_CPU_COUNT") == "32");
    CHECK(env.set.at("OMP_NUM_THREADS") == "2");
    // Never fewer devices than chains: the draws must not depend on the placement.
    CHECK(env.set.at("XLA_FLAGS") == "--xla_cpu_multi_thread_eigen=false --xla_force_host_platform_device_count=12");
    CHECK(env.set.at("PYTHONPATH") == "/shim:/mine");
    CHECK(env.set.at("HLAUNCH_TASK") == "/r/task.json");
    CHECK(env.set.at("JAX_COMPILATION_CACHE_DIR") == "/r/cache/jit");
    CHECK(env.set.at("HLAUNCH_JIT_CACHE") == "/r/cache/jit");
    EnvironmentInputs inputs;
    inputs.jit_cache_dir = "/r/jit";
    inputs.shared_jit_cache = "/all";
    const auto shared = instance_environment(placement, inputs);
    CHECK(shared.set.at("JAX_COMPILATION_CACHE_DIR") == "/r/jit");
    CHECK(shared.set.at("HLAUNCH_JIT_CACHE") == "/all");
    for (const char* gone : {"OMP_PROC_BIND", "OMP_PLACES"})
        CHECK(std::find(env.unset.begin(), env.unset.end(), gone) != env.unset.end());
}
