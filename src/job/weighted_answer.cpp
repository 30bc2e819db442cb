#include "job/weighted_answer.h"

#include "job/merged_folder.h"
#include "os/file.h"

namespace hlaunch {

void write_answer(const std::filesystem::path& merged, const WeightedAnswer& answer, const MergedRun& run) {
    write_merged(merged, answer.report, run);
    if (answer.report.passed() && !answer.draws.empty())
        write_atomically(merged / "cmc" / "posterior_draws.npz", answer.draws);
}

MergeOutcome hand_on(const std::filesystem::path& merged, WeightedAnswer answer, const MergedRun& run) {
    write_answer(merged, answer, run);
    MergeOutcome out;
    out.passed = answer.report.passed();
    out.report = std::move(answer.report);
    return out;
}

}  // namespace hlaunch
