#include "job/results/merged_folder.h"

#include "base/error.h"
#include "os/files/file.h"

namespace hlaunch {

namespace fs = std::filesystem;

void write_merged(const fs::path& folder, const MergeReport& report, const MergedRun& run) {
    const auto draws = folder / "cmc";
    std::error_code ignored;
    if (fs::exists(draws / "samples.npz", ignored) && !fs::exists(folder / "merge.json", ignored))
        throw usage_error("{}: holds draws that no merge wrote; choose another --output", draws.string());
    for (const char* name : {"samples.npz", "parameters.json", "diagnostics.json", "posterior_draws.npz"})
        remove_whole(draws / name);
    if (!report.passed()) remove_whole(draws / "fitted_data.npz");
    for (const auto& file : merged_files(report, run)) {
        const auto path = folder / file.name;
        ensure_directory(path.parent_path());
        write_atomically(path, file.bytes);
    }
}

}  // namespace hlaunch
