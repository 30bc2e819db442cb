#include "job/nodes/rank_main.h"

#include "catch.h"
#include "support/environment_with.h"

using namespace hlaunch;

TEST_CASE("a rank of several, as mpirun and srun start them", "[ranks]") {
    const auto mpi = shared_rank(with({{"OMPI_COMM_WORLD_RANK", "1"}, {"OMPI_COMM_WORLD_SIZE", "2"}}));
    REQUIRE(mpi);
    CHECK(mpi->rank == 1);
    const auto step = shared_rank(
        with({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "2"}, {"SLURM_STEP_NUM_TASKS", "2"}, {"SLURM_JOB_ID", "7"}}));
    REQUIRE(step);
    CHECK(step->ranks == 2);
}

TEST_CASE("alone, it is the single-node case", "[ranks]") {
    CHECK(!shared_rank({}));
    CHECK(!shared_rank(with({{"OMPI_COMM_WORLD_RANK", "0"}, {"OMPI_COMM_WORLD_SIZE", "1"}})));
    CHECK(!shared_rank(with({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "1"}, {"SLURM_STEP_NUM_TASKS", "1"}})));
}

TEST_CASE("the script of a job is no rank, however many tasks were asked for", "[ranks]") {
    CHECK(!shared_rank(with({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}, {"SLURM_TASKS_PER_NODE", "2(x2)"}})));
}

TEST_CASE("nor is an array's element: its merge is a job of its own", "[ranks]") {
    CHECK(!shared_rank(with({{"SLURM_PROCID", "0"},
                             {"SLURM_STEP_NUM_TASKS", "1"},
                             {"SLURM_ARRAY_TASK_ID", "1"},
                             {"SLURM_ARRAY_TASK_COUNT", "3"},
                             {"SLURM_ARRAY_JOB_ID", "9"}})));
    CHECK(!shared_rank(with({{"PBS_ARRAY_INDEX", "1"}, {"HLAUNCH_ARRAY_COUNT", "4"}})));
}
