#include "script/scheduler/inherited_variables.h"

#include <algorithm>

#include "catch.h"

using namespace hlaunch;

TEST_CASE("variables that would overrule a script's directives") {
    const std::string script =
        "#!/bin/bash\n#SBATCH --job-name=x\n#SBATCH --time=0-02:00:00\n#SBATCH -p long\n#SBATCH --mem=5M\n# a "
        "remark\nset -u\n"
        "#SBATCH --qos=late\n";
    Environment environment;
    environment.set("SBATCH_TIMELIMIT", "1");
    environment.set("SBATCH_PARTITION", "short");
    environment.set("SBATCH_MEM_PER_CPU", "100");
    environment.set("SBATCH_QOS", "high");          // a directive behind the first command is none
    environment.set("SBATCH_RESERVATION", "beam");  // no directive: the user's own wish
    environment.set("SBATCH_ARRAY_INX", "0-9");
    environment.set("SBATCH_WAIT", "1");
    CHECK(overruling_variables(script, environment) ==
          std::vector<std::string>{"SBATCH_ARRAY_INX", "SBATCH_MEM_PER_CPU", "SBATCH_PARTITION", "SBATCH_TIMELIMIT",
                                   "SBATCH_WAIT"});
    CHECK(overruling_variables(script, Environment()).empty());

    const std::string pbs = "#!/bin/bash\n#PBS -N x\nset -u\n";
    CHECK(overruling_variables(pbs, environment).empty());
    environment.set("PBS_DPREFIX", "#QSUB");
    CHECK(overruling_variables(pbs, environment) == std::vector<std::string>{"PBS_DPREFIX"});
}

TEST_CASE("variables of another job that srun would take for options") {
    const auto has = [](const std::vector<std::string>& list, const char* name) {
        return std::find(list.begin(), list.end(), name) != list.end();
    };
    const auto foreign = foreign_step_variables({{"--mem=500M"}, {"--hint=nomultithread"}, {"-m", "block"}});
    CHECK(has(foreign, "SLURM_MEM_PER_CPU"));
    CHECK(has(foreign, "SLURM_CPU_BIND"));
    CHECK(has(foreign, "SLURM_TIMELIMIT"));
    CHECK_FALSE(has(foreign, "SLURM_MEM_PER_NODE"));
    CHECK_FALSE(has(foreign, "SLURM_HINT"));
    CHECK_FALSE(has(foreign, "SLURM_DISTRIBUTION"));
    CHECK_FALSE(has(foreign, "SLURM_JOB_ID"));
}
