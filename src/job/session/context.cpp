#include "job/session/context.h"

#include "job/session/begin_and_end.h"
#include "job/session/run_rules.h"

namespace hlaunch {
JobContext make_context(const JobOptions& options, homodyne::AnalysisRequest request, const RunFolder& folder,
                        const Environment& environment, Clock& clock, ProgressDisplay& display, JournalFile& journal,
                        Launcher& launcher) {
    return {.options = options,
            .folder = folder,
            .request = std::move(request),
            .environment = environment,
            .run_id = run_id_of(folder),
            .clock = clock,
            .display = display,
            .journal = journal,
            .launcher = launcher,
            .deadline = deadline_of(options, clock)};
}

}  // namespace hlaunch
