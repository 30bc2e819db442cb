// --stage: one copy of the data in the memory of each placement's own nodes, for the time of the run.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "os/numa/staged_file.h"
#include "plan/placement.h"
#include "run/journal/events.h"

namespace hlaunch {

// Why there is no room for a copy, one line; nothing where there is. A copy may take half of what is available: the
// rest is the application's.
[[nodiscard]] std::optional<std::string> why_not_staged(std::uint64_t file_bytes, std::uint64_t available_bytes,
                                                        const IdSet& mems);

class Staging {
  public:
    // A copy for each distinct set of memory nodes of the placements. All or none: with too little memory there is a
    // warning and every path() is the file itself. Throws usage Error for a file that cannot be staged at all.
    Staging(const std::string& file, const std::vector<Placement>& placements);

    ~Staging();  // removes the links
    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;

    // FOLDER/NAME, a link to the placement's copy by the file's own name, which tells its format; gone with this
    // object.
    void link(const Placement& placement, const std::string& folder);
    // Where the placement's instance is to read: its copy, or the file itself (absolute).
    [[nodiscard]] std::string path(const Placement& placement) const;
    [[nodiscard]] bool staged() const { return !copies_.empty(); }
    [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }
    [[nodiscard]] std::string summary() const;    // "x.h5 (1.2 GiB) is in the memory of nodes 0 and 1, 100 % of it"
    [[nodiscard]] events::Staged record() const;  // for the journal
    [[nodiscard]] const std::string& file() const { return file_; }

  private:
    void copy_for(const Placement& placement, std::uint64_t file_bytes);

    std::string file_;
    std::vector<std::string> link_folders_;
    std::map<std::string, StagedFile> copies_;  // by mems as Linux writes them
    std::vector<std::string> warnings_;
    std::uint64_t file_bytes_ = 0;
    std::optional<double> least_share_;  // absent: the kernel does not say
};

}  // namespace hlaunch
