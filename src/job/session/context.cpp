#include "job/session/context.h"

#include "job/request/content_hash.h"
#include "job/session/run_rules.h"
#include "run/journal/run_owner.h"

namespace hlaunch {

std::string run_id_of(const RunFolder& folder) {
    return hash_text(this_process(folder.root).folder_id + " " + folder.root).substr(0, 12);
}

JobContext make_context(const JobOptions& options, homodyne::AnalysisRequest request, const RunFolder& folder,
                        const Environment& environment, Clock& clock, ProgressDisplay& display, JournalFile& journal,
                        Launcher& launcher, RunFeed* feed) {
    return {.options = options,
            .folder = folder,
            .request = std::move(request),
            .environment = environment,
            .run_id = run_id_of(folder),
            .clock = clock,
            .display = display,
            .journal = journal,
            .launcher = launcher,
            .deadline = deadline_of(options, clock),
            .feed = feed};
}

}  // namespace hlaunch
