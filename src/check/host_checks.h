// The checklist's lines about the host: pure, from what os/host/host_settings read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "check/finding.h"
#include "os/host/host.h"
#include "os/host/host_settings.h"
#include "topology/machine.h"

namespace hlaunch {

// What the run wants of the host; 0: not known.
struct HostNeeds {
    std::uint64_t memory_bytes = 0;         // all instances at once
    std::uint64_t shared_memory_bytes = 0;  // of /dev/shm
    unsigned workers = 1;                   // processes that compute at once
};

[[nodiscard]] std::vector<Finding> check_host(const HostSettings& host, const Machine& machine, const HostNeeds& needs,
                                              const std::optional<std::string>& binding_complaint);

// A folder or file of the run: where it is, what is free there.
struct Storage {
    std::string path;
    std::string type;  // of its file system
    FreeSpace space;
};

[[nodiscard]] Finding check_disk(const std::string& name, const Storage& storage, std::uint64_t wanted_bytes);
// hdf5_locking: the variable HDF5_USE_FILE_LOCKING of the user.
[[nodiscard]] Finding check_file_locking(const Storage& data, const std::optional<std::string>& hdf5_locking);

}  // namespace hlaunch
