#include "job/request/launcher_rank.h"

#include "base/error.h"
#include "catch.h"
#include "support/environment_with.h"

using namespace hlaunch;

TEST_CASE("without a launcher there is no rank") {
    CHECK_FALSE(rank_of(with({{"PATH", "/bin"}})));
}

TEST_CASE("a task of srun knows its place among all and on its node") {
    const auto rank = rank_of(with({{"SLURM_PROCID", "5"},
                                    {"SLURM_NTASKS", "9"},
                                    {"SLURM_STEP_NUM_TASKS", "7"},
                                    {"SLURM_STEP_TASKS_PER_NODE", "2(x3),1"},
                                    {"SLURM_NODEID", "2"},
                                    {"SLURM_LOCALID", "1"},
                                    {"SLURM_JOB_ID", "1234"}}));
    REQUIRE(rank);
    CHECK(rank->rank == 5);
    CHECK(rank->ranks == 7);
    CHECK(rank->local_rank == 1);
    CHECK(rank->local_ranks == 2);
    CHECK(rank->job == "slurm-1234");
}

TEST_CASE("elements of an array are ranks; a requeued one keeps its name") {
    auto environment = with({{"SLURM_PROCID", "0"},
                             {"SLURM_NTASKS", "1"},
                             {"SLURM_JOB_ID", "77"},
                             {"SLURM_ARRAY_JOB_ID", "70"},
                             {"SLURM_ARRAY_TASK_ID", "8"},
                             {"SLURM_ARRAY_TASK_MIN", "2"},
                             {"SLURM_ARRAY_TASK_STEP", "3"},
                             {"SLURM_ARRAY_TASK_COUNT", "4"}});
    const auto rank = rank_of(environment);
    REQUIRE(rank);
    CHECK(rank->rank == 2);
    CHECK(rank->ranks == 4);
    CHECK(rank->job == "slurm-70");
    environment.set("SLURM_RESTART_COUNT", "1");
    CHECK(rank_of(environment)->job == "slurm-70");
    CHECK(rank->restarts == 0);
    CHECK(rank_of(environment)->restarts == 1);
}

TEST_CASE("elements that are submitted again, 3 and 5 and 9, agree on how many ranks there are") {
    for (const auto& [element, place] : {std::pair{"3", 0U}, {"5", 2U}, {"9", 6U}}) {
        const auto rank = rank_of(with({{"SLURM_PROCID", "0"},
                                        {"SLURM_NTASKS", "1"},
                                        {"SLURM_JOB_ID", "77"},
                                        {"SLURM_ARRAY_JOB_ID", "70"},
                                        {"SLURM_ARRAY_TASK_ID", element},
                                        {"SLURM_ARRAY_TASK_MIN", "3"},
                                        {"SLURM_ARRAY_TASK_MAX", "9"},
                                        {"SLURM_ARRAY_TASK_STEP", "1"},
                                        {"SLURM_ARRAY_TASK_COUNT", "3"}}));
        REQUIRE(rank);
        CHECK(rank->rank == place);
        CHECK(rank->ranks == 7);  // some are nobody's: what is theirs the others take
    }
}

TEST_CASE("mpirun inside a job of Slurm tells more than Slurm") {
    const auto rank = rank_of(with({{"SLURM_PROCID", "0"},
                                    {"SLURM_NTASKS", "4"},
                                    {"OMPI_COMM_WORLD_RANK", "3"},
                                    {"OMPI_COMM_WORLD_SIZE", "4"},
                                    {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                                    {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"},
                                    {"PMIX_NAMESPACE", "prterun-node 1/x@1"}}));
    REQUIRE(rank);
    CHECK(rank->rank == 3);
    CHECK(rank->ranks == 4);
    CHECK(rank->local_rank == 1);
    CHECK(rank->local_ranks == 2);
    CHECK(rank->job == "mpi-prterun-node-1-x@1");  // it names a folder
}

TEST_CASE("an array of PBS is told how many it has") {
    const auto rank =
        rank_of(with({{"PBS_ARRAY_INDEX", "3"}, {"PBS_ARRAY_ID", "12[].server"}, {"HLAUNCH_ARRAY_COUNT", "5"}}));
    REQUIRE(rank);
    CHECK(rank->rank == 3);
    CHECK(rank->ranks == 5);
    CHECK(rank->job == "pbs-12--.server");
}

TEST_CASE("what makes no sense is refused") {
    CHECK_THROWS_WITH(rank_of(with({{"SLURM_PROCID", "x"}})), contains_text("SLURM_PROCID=x is no rank"));
    CHECK_THROWS_AS(rank_of(with({{"SLURM_PROCID", "5"}, {"SLURM_NTASKS", "5"}})), Error);
    CHECK_THROWS_AS(rank_of(with({{"OMPI_COMM_WORLD_RANK", "-1"}, {"OMPI_COMM_WORLD_SIZE", "5"}})), Error);
    // Nonsense about the node alone is taken for one task there.
    CHECK(rank_of(with({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "2"}, {"SLURM_TASKS_PER_NODE", "x(x"}}))->local_ranks ==
          1);
}
