#include "plan/task_need.h"

#include "base/error.h"

namespace hlaunch {

TaskNeed need_of_commands(std::size_t at_once) {
    const auto need = 2 * std::uint64_t{at_once} + 1;
    return {need, need, fmt::format("{} command{} at once", at_once, at_once == 1 ? "" : "s")};
}

void check_tasks(Plan& plan, const TaskNeed& need) {
    const auto& left = plan.machine.tasks_left;
    if (!left || *left >= need.likely) return;
    constexpr std::string_view remedy =
        "raise the limit (docker run --pids-limit, TasksMax= of the unit, ulimit -u), or give fewer instances "
        "(--instances)";
    if (*left < need.least)
        throw infrastructure_error("{} need at least {} processes and threads, but {} leaves {}; {}", need.of,
                                   need.least, plan.machine.tasks_by, *left, remedy);
    plan.warnings.push_back(
        fmt::format("{} take about {} processes and threads, but {} leaves {}: what cannot start a thread dies; {}",
                    need.of, need.likely, plan.machine.tasks_by, *left, remedy));
}

}  // namespace hlaunch
