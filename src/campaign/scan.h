// The scans of a campaign: which data at which wavevector with which config, each with a name of its own. Pure.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hlaunch {

// As a table names it, or one of the command line's files.
struct ScanEntry {
    std::string data;
    std::optional<double> q_per_angstrom;                     // absent: each of --q, or the config's own
    std::string config;                                       // empty: each --config
    std::string name;                                         // empty: one is made
    std::vector<std::pair<std::string, std::string>> labels;  // further columns, taken over into the results
    std::string where;                                        // "scans.csv, line 3"; empty: the command line
};

struct Scan {
    std::string data;
    std::optional<double> q_per_angstrom;  // absent: the config's own
    std::string config;
    std::string name;  // of its folder and its row: letters, digits, . _ + -
    std::vector<std::pair<std::string, std::string>> labels;
};

// data x configs x qs, in that order, the same scan once. Names hold the file's stem, q and six letters that stay the
// same whatever else is added. Throws usage Error: no config, a name given twice or not fit for a folder, q not > 0.
[[nodiscard]] std::vector<Scan> combine_scans(const std::vector<ScanEntry>& entries,
                                              const std::vector<std::string>& configs,
                                              const std::vector<double>& qs_per_angstrom);

}  // namespace hlaunch
