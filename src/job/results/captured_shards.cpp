#include "job/results/captured_shards.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/error.h"
#include "job/results/shard_folders.h"
#include "os/files/file.h"

namespace hlaunch {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> shard_paths(const RunFolder& folder) {
    std::vector<fs::path> out;
    std::error_code none;
    for (const auto& shards : shard_folders(folder))
        for (const auto& file : fs::directory_iterator(shards, none))
            if (file.path().extension() == ".npz") out.push_back(file.path());
    std::sort(out.begin(), out.end());
    return out;
}

}  // namespace

std::set<unsigned> captured_shards(const JobContext& context, const RunFolder& folder, const std::string& key,
                                   unsigned num_shards) {
    std::set<unsigned> out;
    for (const auto& path : shard_paths(folder)) {
        try {
            const auto shard = load_shard_file(path);
            if (shard.meta && shard.meta->run_key == key && shard.num_shards == static_cast<std::int64_t>(num_shards))
                out.insert(static_cast<unsigned>(shard.shard));
            else
                context.display.note(fmt::format("hlaunch: {} is of another run and does not count", path.string()));
        } catch (const Error& error) {
            // Not the file's fault: it may be whole.
            if (error.code() == ExitCode::infrastructure) throw;
            context.display.note(fmt::format("hlaunch: a shard that cannot be read is drawn again: {}", error.what()));
            // Another node's may only not be here yet.
            if (path.native().starts_with(context.folder.parts() + "/")) remove_whole(path);
        }
    }
    return out;
}

std::vector<ShardFile> load_shards(const RunFolder& folder) {
    std::vector<ShardFile> out;
    for (const auto& path : shard_paths(folder)) out.push_back(load_shard_file(path));
    std::sort(out.begin(), out.end(), [](const ShardFile& a, const ShardFile& b) { return a.shard < b.shard; });
    // A shard drawn twice (a part that was lost but had finished) has equal draws: one of them counts.
    out.erase(
        std::unique(out.begin(), out.end(), [](const ShardFile& a, const ShardFile& b) { return a.shard == b.shard; }),
        out.end());
    return out;
}

}  // namespace hlaunch
