// The environment that makes an instance keep to its placement (docs/decisions/007-an-instance-sees-its-placement.md).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "homodyne/app/mode.h"
#include "plan/placement.h"

namespace hlaunch::homodyne {

struct InstanceEnvironment {
    std::map<std::string, std::string> set;
    std::vector<std::string> unset;
};

struct EnvironmentInputs {
    Mode mode = Mode::cmc;
    unsigned workers = 1;  // processes that compute at once; 1 for nlsq
    // Workers inherit the device count (they set it too late to matter), and with fewer devices than chains
    // NumPyro runs the chains one by one, with other rounding: never fewer, so that the draws do not depend
    // on where they are drawn. 0: nothing is sampled.
    unsigned chains = 0;
    std::string shim_dir;          // on PYTHONPATH, before the user's own
    std::string user_python_path;  // the user's PYTHONPATH, may be empty
    std::string user_xla_flags;    // the user's XLA_FLAGS, may be empty
    std::string task_file;         // HLAUNCH_TASK
    std::string jit_cache_dir;     // JAX_COMPILATION_CACHE_DIR: the instance's own
    std::string shared_jit_cache;  // HLAUNCH_JIT_CACHE: a folder for all, or "off"; empty: its own
};

[[nodiscard]] InstanceEnvironment instance_environment(const Placement& placement, const EnvironmentInputs& inputs);

}  // namespace hlaunch::homodyne
