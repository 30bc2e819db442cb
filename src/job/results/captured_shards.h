// The shards of a run that are on disk.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "homodyne/results/shard_file.h"
#include "job/session/context.h"
#include "plan/run_folder.h"

namespace hlaunch {

// Shards on disk that belong to the run `key`, by global index. Files that are torn or of another run are
// reported by a note and not counted.
// folder: the run's, which is not the context's where that is of a worker.
[[nodiscard]] std::set<unsigned> captured_shards(const JobContext& context, const RunFolder& folder,
                                                 const std::string& key, unsigned num_shards);

// All of them, each once, by their index. Throws where one cannot be read.
[[nodiscard]] std::vector<ShardFile> load_shards(const RunFolder& folder);

}  // namespace hlaunch
