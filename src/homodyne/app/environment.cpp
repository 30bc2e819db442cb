#include "homodyne/app/environment.h"

#include <algorithm>

#include "homodyne/app/xla_flags.h"

namespace hlaunch::homodyne {

InstanceEnvironment instance_environment(const Placement& placement, const EnvironmentInputs& in) {
    InstanceEnvironment env;
    const auto pus = placement.cpus.size();
    const auto threads = std::to_string(blas_threads(in.mode, placement.cores));
    for (const char* name : {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"}) env.set[name] = threads;
    env.set["XLA_FLAGS"] = xla_flags(in.user_xla_flags, std::max(in.chains, xla_devices(in.mode, placement.cores)));
    // XLA sizes three pools of its own by this; a worker gets its share of the cores.
    env.set["PJRT_NPROC"] = std::to_string(std::max(1U, placement.cores / std::max(1U, in.workers)));
    env.set["PYTHON_CPU_COUNT"] = std::to_string(pus);  // Python >= 3.13; the shim answers for 3.12
    env.set["JAX_COMPILATION_CACHE_DIR"] = in.jit_cache_dir;
    env.set["HLAUNCH_JIT_CACHE"] = in.shared_jit_cache.empty() ? in.jit_cache_dir : in.shared_jit_cache;
    env.set["PYTHONPATH"] = in.user_python_path.empty() ? in.shim_dir : in.shim_dir + ":" + in.user_python_path;
    env.set["HLAUNCH_TASK"] = in.task_file;
    // Either would pin the threads of all workers to the same cores.
    env.unset = {"OMP_PROC_BIND", "OMP_PLACES"};
    return env;
}

}  // namespace hlaunch::homodyne
