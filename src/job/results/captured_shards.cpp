#include "job/results/captured_shards.h"

#include <fmt/format.h>
#include <sys/stat.h>

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

std::optional<unsigned> CapturedShards::read(const std::string& path) const {
    const auto shard = load_shard_file(path);
    if (shard.meta && shard.meta->run_key == key_ && shard.num_shards == static_cast<std::int64_t>(num_shards_))
        return static_cast<unsigned>(shard.shard);
    context_.display.note(fmt::format("hlaunch: {} is of another run and does not count", path));
    return std::nullopt;
}

std::set<unsigned> CapturedShards::look() {
    std::set<unsigned> out;
    for (const auto& path : shard_paths(folder_)) {
        struct stat file {};
        if (::stat(path.c_str(), &file) != 0) continue;  // gone in between
        const Stamp stamp{file.st_ino, file.st_size, file.st_mtim.tv_sec, file.st_mtim.tv_nsec};
        try {
            auto known = known_.find(path.native());
            if (known == known_.end() || known->second.stamp != stamp)
                known = known_.insert_or_assign(path.native(), Known{stamp, read(path.native())}).first;
            if (known->second.shard) out.insert(*known->second.shard);
        } catch (const Error& error) {
            // Not the file's fault: it may be whole.
            if (error.code() == ExitCode::infrastructure) throw;
            context_.display.note(fmt::format("hlaunch: a shard that cannot be read is drawn again: {}", error.what()));
            // Another node's may only not be here yet.
            if (path.native().starts_with(context_.folder.parts() + "/")) remove_whole(path);
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
