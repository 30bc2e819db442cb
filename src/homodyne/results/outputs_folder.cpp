#include "homodyne/results/outputs_folder.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "merge/npz/npy_matrix.h"
#include "merge/npz/npz.h"

namespace hlaunch {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

json read_json(const fs::path& path) {
    std::error_code absent;  // a FIFO would be waited for
    std::ifstream file;
    if (fs::is_regular_file(path, absent)) file.open(path);
    if (!file.is_open()) throw usage_error("{}: cannot be read; the output folder is not complete", path.string());
    json result = json::parse(file, nullptr, false);
    if (!result.is_object()) throw usage_error("{}: is no JSON object; it was not written to its end", path.string());
    return result;
}

std::int64_t integer(const json& root, const char* section, const char* key, std::int64_t otherwise) {
    const auto at = root.find(section);
    if (at == root.end() || !at->is_object()) return otherwise;
    const auto found = at->find(key);
    return found != at->end() && found->is_number_integer() ? found->get<std::int64_t>() : otherwise;
}

fs::path draws_folder(const fs::path& path) {
    return fs::exists(path / "cmc") ? path / "cmc" : path;
}

void read_fitted_data(OutputFolder& folder, const fs::path& path) {
    const NpzReader npz(path);
    if (npz.has("phi_angles")) folder.phi_angles = npz.read("phi_angles").numbers();
    if (npz.has("q")) folder.q = npz.read("q").numbers();
    if (npz.has("t1")) {
        const std::vector<double> t1 = npz.read("t1").numbers();
        if (!t1.empty()) folder.t_max = *std::ranges::max_element(t1);
    }
    if (!npz.has("c2_exp")) return;
    const NpyArray c2 = npz.read("c2_exp");
    if (c2.shape().size() != 3 || c2.shape()[0] == 0) return;
    const std::vector<double> all = c2.numbers();
    const std::size_t each = all.size() / c2.shape()[0];
    for (std::size_t i = 0; i < c2.shape()[0]; ++i) {
        const auto begin = all.begin() + static_cast<std::ptrdiff_t>(i * each);
        folder.c2_exp.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(each));
    }
}

}  // namespace

bool is_output_folder(const fs::path& path) {
    return fs::exists(draws_folder(path) / "samples.npz");
}

OutputFolder load_output_folder(const fs::path& path) {
    const fs::path folder = draws_folder(path);
    OutputFolder result;
    result.path = path;
    const NpzReader npz(folder / "samples.npz");
    const NpyArray samples = npz.read("samples");
    result.columns.names = npz.read("param_names").strings();
    if (npz.has("accepted")) result.accepted = npz.read("accepted").strings();
    const auto& shape = samples.shape();
    if (shape.size() != 2 || shape[1] != result.columns.names.size() || samples.count() == 0)
        throw usage_error("{}: samples have shape ({}), expected (draws, {}); the file is damaged", npz.path().string(),
                          fmt::join(shape, ", "), result.columns.names.size());
    result.columns.values = matrix_of(samples, shape[1]);

    const json parameters = read_json(folder / "parameters.json");
    const json diagnostics = read_json(folder / "diagnostics.json");
    const std::int64_t chains = integer(parameters, "sampling_summary", "n_chains", 0);
    if (chains < 1 || chains > result.columns.values.rows() || result.columns.values.rows() % chains != 0)
        throw usage_error(
            "{}: {} draws cannot be {} chains (sampling_summary.n_chains in parameters.json); the "
            "files are not of one run",
            folder.string(), result.columns.values.rows(), chains);
    result.columns.chains = chains;
    result.n_warmup = integer(parameters, "sampling_summary", "n_warmup", 0);
    result.analysis_mode = parameters.value("analysis_mode", json()).is_string()
                               ? parameters["analysis_mode"].get<std::string>()
                               : std::string();
    result.divergent = std::max<std::int64_t>(integer(diagnostics, "sampling_efficiency", "divergences", 0), 0);
    result.num_shards = integer(diagnostics, "cmc_specific", "num_shards", 1);
    result.merged_by_hlaunch = fs::exists(folder.lexically_normal().parent_path() / "merge.json");
    if (fs::exists(folder / "fitted_data.npz")) read_fitted_data(result, folder / "fitted_data.npz");
    return result;
}

}  // namespace hlaunch
