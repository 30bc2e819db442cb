// The shards of a run that are on disk.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "homodyne/results/shard_file.h"
#include "job/session/context.h"
#include "plan/run_folder.h"

namespace hlaunch {

// Shards on disk that belong to the run `key`, by global index. Files that are torn or of another run are reported by a
// note and not counted.
class CapturedShards {
  public:
    // folder: the run's, which is not the context's where that is of a worker. Both outlive this.
    CapturedShards(const JobContext& context, const RunFolder& folder, std::string key, unsigned num_shards)
        : context_(context), folder_(folder), key_(std::move(key)), num_shards_(num_shards) {}
    // As they are now. A file that is as it was at an earlier look is not read again.
    [[nodiscard]] std::set<unsigned> look();

  private:
    using Stamp = std::tuple<ino_t, off_t, time_t, long>;
    struct Known {
        Stamp stamp{};
        std::optional<unsigned> shard{};  // none: of another run
    };
    [[nodiscard]] std::optional<unsigned> read(const std::string& path) const;

    const JobContext& context_;
    const RunFolder& folder_;
    std::string key_;
    unsigned num_shards_;
    std::map<std::string, Known> known_;  // by path
};

// All of them, each once, by their index. Throws where one cannot be read.
[[nodiscard]] std::vector<ShardFile> load_shards(const RunFolder& folder);

}  // namespace hlaunch
