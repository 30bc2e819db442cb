#include "job/context.h"

#include <fmt/format.h>
#include <unistd.h>

#include "job/start.h"

namespace hlaunch {
namespace {

std::string new_run_id(Clock& clock) {
    const auto ticks = clock.wall().time_since_epoch().count();
    return fmt::format("{:x}{:x}", getpid(), static_cast<unsigned>(ticks & 0xffffff));
}

}  // namespace

JobContext make_context(const JobOptions& options, homodyne::AnalysisRequest request, RunFolder folder,
                        const Environment& environment, Clock& clock, ProgressDisplay& display, JournalFile& journal,
                        Launcher& launcher) {
    return {.options = options,
            .folder = std::move(folder),
            .request = std::move(request),
            .environment = environment,
            .run_id = new_run_id(clock),
            .clock = clock,
            .display = display,
            .journal = journal,
            .launcher = launcher,
            .deadline = deadline_of(options, clock)};
}

}  // namespace hlaunch
