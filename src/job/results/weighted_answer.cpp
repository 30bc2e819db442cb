#include "job/results/weighted_answer.h"

#include <array>
#include <span>

#include "job/results/merged_folder.h"
#include "merge/npz/npy_matrix.h"
#include "merge/npz/npz.h"
#include "os/files/file.h"

namespace hlaunch {

std::string bytes_of_weighted(const std::vector<std::string>& names, const Eigen::MatrixXd& samples,
                              const std::vector<std::pair<std::string, Eigen::VectorXd>>& beside) {
    const std::array names_shape{names.size()};
    std::vector<std::pair<std::string, std::string>> members{
        {"samples", npy_of(samples)}, {"param_names", encode_npy(std::span<const std::string>(names), names_shape)}};
    for (const auto& [name, values] : beside) {
        const std::array shape{static_cast<std::size_t>(values.size())};
        members.emplace_back(name, encode_npy(std::span(values.data(), shape[0]), shape));
    }
    return encode_npz(members);
}

void write_answer(const std::filesystem::path& merged, const WeightedAnswer& answer, const MergedRun& run) {
    write_merged(merged, answer.report, run);
    if (answer.report.passed() && !answer.draws.empty())
        write_atomically(merged / "cmc" / "posterior_draws.npz", answer.draws);
}

MergeOutcome hand_on(const std::filesystem::path& merged, WeightedAnswer answer, const MergedRun& run) {
    write_answer(merged, answer, run);
    MergeOutcome out;
    out.passed = answer.report.passed();
    out.report = std::move(answer.report);
    return out;
}

}  // namespace hlaunch
