#include "plan/task_need.h"

#include "base/error.h"
#include "catch.h"

using namespace hlaunch;

TEST_CASE("processes and threads against what limits leave", "[limits]") {
    Plan plan;
    check_tasks(plan, {.least = 1000000, .likely = 1000000, .of = "x"});  // no limit
    plan.machine.tasks_left = 50;
    plan.machine.tasks_by = "pids.max of /job (64)";
    check_tasks(plan, need_of_commands(24));
    CHECK(plan.warnings.empty());
    check_tasks(plan, {.least = 50, .likely = 51, .of = "1 instance of 2 workers"});
    REQUIRE(plan.warnings.size() == 1);
    CHECK(
        plan.warnings.front().find("1 instance of 2 workers take about 51 processes and threads, but pids.max of /job "
                                   "(64) leaves 50") == 0);
    try {
        check_tasks(plan, need_of_commands(25));
        FAIL("not refused");
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::infrastructure);
        CHECK(std::string(error.what())
                  .find("25 commands at once need at least 51 processes and threads, but pids.max "
                        "of /job (64) leaves 50; raise") == 0);
    }
}
