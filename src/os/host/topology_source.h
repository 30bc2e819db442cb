// What --topology names: an XML file or a synthetic string, told apart and checked before hwloc
// sees it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace hlaunch {

struct TopologySource {
    std::string name;  // printable, shortened
    std::string xml;   // the file's text; empty: synthetic
    std::string synthetic;
};

// A file if it exists or ends in .xml. Throws usage Error on what cannot be either: empty, a
// directory, larger than 64 MiB, a synthetic machine of more than 16384 PUs.
[[nodiscard]] TopologySource read_topology_source(const std::string& text);

// XML of a hwloc after version 2, which hwloc 2 refuses for its number though it would pass over what it does not know.
struct NewerXml {
    std::string version;  // "3.0"
    std::string as_version_2;
};
[[nodiscard]] std::optional<NewerXml> newer_than_2(const std::string& xml);

}  // namespace hlaunch
