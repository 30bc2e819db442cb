#include "cli/output/write_svg.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/error.h"
#include "base/text/quantity.h"
#include "topology/render_svg.h"

namespace hlaunch {

void write_svg(const std::string& path, const Machine& machine, const std::vector<Placement>& placements,
               const IdSet& reserved_cpus) {
    std::vector<Slice> slices;
    for (const auto& p : placements) slices.push_back({fmt::format("{}", p.index), p.cpus});
    const auto svg = render_svg(machine, slices, reserved_cpus);
    std::ofstream file(path, std::ios::binary);
    file << svg;
    file.close();
    if (!file)
        throw infrastructure_error("--svg: cannot write '{}': {}; name a file in a folder you may write", path,
                                   std::strerror(errno));
}

}  // namespace hlaunch
