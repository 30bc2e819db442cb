// Files of a run folder from rank to rank, where nodes share none: piece by piece through the desk.
#pragma once

#include <string>
#include <vector>

#include "job/nodes/desk_client.h"

namespace hlaunch {

// Regular files below root/folder, as names from root, sorted.
[[nodiscard]] std::vector<std::string> files_below(const std::string& root, const std::string& folder);

void send_files(DeskClient& desk, unsigned to, const std::string& root, const std::vector<std::string>& names,
                const DeskClient::Patience& patience);

// Writes what comes below root, each under a temporary name until its last piece. Names that lead out of it are
// refused with an infrastructure Error.
class IncomingFiles {
  public:
    explicit IncomingFiles(std::string root) : root_(std::move(root)) {}
    void take(const RankMessage& piece) const;

  private:
    std::string root_;
};

}  // namespace hlaunch
