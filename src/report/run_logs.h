// Which logs a run folder holds.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace hlaunch {

struct LogChoice {
    std::string part;  // "3", "003", "nlsq", "survey", "evaluate"; of a queue a task's number; empty: all
    bool standard_output = true, standard_error = true;
    bool earlier = false;  // of earlier starts, too
};
struct LogFile {
    std::string label;  // "parts/000/stderr.log"
    std::filesystem::path path;
};
// In the order of the run; of each part output first, earlier starts before later ones. Throws usage Error where the
// part is none of this run.
[[nodiscard]] std::vector<LogFile> find_logs(const std::filesystem::path& folder, const LogChoice& choice);

// What a scheduler's job itself has written, in the run folder: "slurm-7.log", "slurm-7_0.log", "name.o7". number: its
// id, of which the digits count.
[[nodiscard]] std::vector<std::string> job_logs(const std::filesystem::path& folder, std::string_view number);

}  // namespace hlaunch
