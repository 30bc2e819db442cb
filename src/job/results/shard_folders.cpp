#include "job/results/shard_folders.h"

#include <algorithm>
#include <filesystem>

#include "run/journal/worker_runs.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

void add(const std::string& parts, std::vector<std::string>& out) {
    std::error_code failed;
    for (fs::directory_iterator part(parts, failed), end; !failed && part != end; part.increment(failed)) {
        std::error_code none;
        if (fs::is_directory(part->path() / "shards", none)) out.push_back(part->path() / "shards");
    }
}

}  // namespace

std::vector<std::string> shard_folders(const RunFolder& folder) {
    std::vector<std::string> out;
    add(folder.parts(), out);
    for (const auto& worker : worker_runs(folder)) add(worker.parts(), out);
    std::sort(out.begin(), out.end());
    return out;
}

}  // namespace hlaunch
