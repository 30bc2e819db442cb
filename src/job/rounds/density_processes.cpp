#include "job/rounds/density_processes.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "merge/npz/npy_matrix.h"
#include "os/files/file.h"

namespace hlaunch {

using homodyne::DensityAnswer;

std::vector<unsigned> cut_blocks(unsigned blocks, unsigned processes) {
    const auto used = std::max(1U, std::min(blocks, processes));
    std::vector<unsigned> out;
    for (unsigned i = 0; i <= processes; ++i)
        out.push_back(i >= used ? blocks : static_cast<unsigned>(std::uint64_t{blocks} * i / used));
    return out;
}

DensityProcesses::DensityProcesses(RoundRunner& runner, std::string folder, std::string points, std::string key)
    : runner_(runner), folder_(std::move(folder)), points_(std::move(points)), key_(std::move(key)) {
    ensure_directory(folder_);
}

void DensityProcesses::import() {
    runner_.run_round([](unsigned) { return homodyne::import_density_request(); });
}

void DensityProcesses::prepare(const homodyne::DensityPoints& points) {
    runner_.run_round([&](unsigned process) {
        return process > 0 ? homodyne::import_density_request() : homodyne::prepare_density_request(points);
    });
}

Eigen::MatrixXd DensityProcesses::answer(DensityAnswer what, const std::string& question,
                                         const std::vector<unsigned>& first, const std::string& prior) {
    const auto answer = [&](unsigned process) { return fmt::format("{}/answer-{}.npy", folder_, process); };
    const auto has = [&](unsigned process) {
        return process + 1U < first.size() && first[process] < first[process + 1U];
    };
    runner_.run_round([&](unsigned process) -> nlohmann::json {
        if (!has(process)) return nullptr;
        return homodyne::density_request(what, {.folder = points_,
                                                .first = first[process],
                                                .last = first[process + 1U],
                                                .points = question,
                                                .answer = answer(process),
                                                .prior = process == 0 ? prior : "",
                                                .key = key_});
    });
    std::vector<Eigen::MatrixXd> pieces;
    for (unsigned process = 0; process < count(); ++process) {
        if (!has(process)) continue;
        pieces.push_back(matrix_of(read_text_inside(answer(process)), answer(process)));
    }
    return join_columns(pieces);
}

}  // namespace hlaunch
