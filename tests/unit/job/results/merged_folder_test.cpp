// A merge of real outputs of homodyne (tests/data/fixtures) written as homodyne writes, and read back.
#include "job/results/merged_folder.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "catch.h"
#include "homodyne/results/outputs_merge.h"
#include "merge/npz/npz.h"
#include "support/temporary_folder.h"

using namespace hlaunch;
namespace fs = std::filesystem;

namespace {

const fs::path fixtures = fs::path(HLAUNCH_TEST_DATA) / "fixtures";
const MergedRun run{"static", 500, "2026-01-01T00:00:00"};

MergeReport halves() {
    const std::vector folders{load_output_folder(fixtures / "A_l"), load_output_folder(fixtures / "B_l")};
    const std::vector configs{read_parameter_space(fixtures / "configs" / "A_l.yaml"),
                              read_parameter_space(fixtures / "configs" / "B_l.yaml")};
    return merge_disjoint(folders, configs, PriorTreatment::tempered, {});
}

// Names of members, and of those of member objects, so that files can be compared without their figures.
std::vector<std::string> keys(const fs::path& path) {
    std::ifstream file(path);
    const auto root = nlohmann::json::parse(file);
    std::vector<std::string> names;
    for (const auto& [name, value] : root.items()) {
        names.push_back(name);
        if (name == "parameters" || !value.is_object()) continue;
        for (const auto& inner : value.items()) names.push_back(name + "." + inner.key());
    }
    return names;
}

}  // namespace

TEST_CASE("merged folder: homodyne's formats") {
    const TemporaryFolder scratch;
    const auto report = halves();
    write_merged(scratch.path(), report, run);
    const auto back = load_output_folder(scratch.path());
    CHECK(back.columns.names == std::vector<std::string>{"D0", "D_offset", "alpha", "contrast", "offset"});
    CHECK(back.columns.values == report.draws.values);
    CHECK(back.columns.chains == 2);
    CHECK(back.analysis_mode == "static");
    CHECK(back.merged_by_hlaunch);
    const NpzReader npz(scratch / "cmc/samples.npz");
    CHECK(npz.read("r_hat").count() == 5);
    CHECK(npz.read("ess").numbers()[0] == report.table[0].ess);
    for (const char* name : {"parameters.json", "diagnostics.json"})
        CHECK(keys(scratch / "cmc" / name) == keys(fixtures / "full_l" / "cmc" / name));
}

TEST_CASE("merged folder: a refused merge leaves no draws of an earlier one") {
    const TemporaryFolder scratch;
    auto report = halves();
    write_merged(scratch.path(), report, run);
    std::ofstream(scratch / "cmc/fitted_data.npz") << "of the earlier merge";
    report.checks.front().verdict = Verdict::fail;
    write_merged(scratch.path(), report, run);
    CHECK(fs::exists(scratch / "merge.json"));
    CHECK_FALSE(fs::exists(scratch / "cmc/samples.npz"));
    CHECK_FALSE(fs::exists(scratch / "cmc/fitted_data.npz"));
}

TEST_CASE("merged folder: draws of somebody else are not overwritten") {
    const TemporaryFolder scratch;
    fs::create_directory(scratch / "cmc");
    std::ofstream(scratch / "cmc/samples.npz") << "homodyne's own";
    CHECK_THROWS_AS(write_merged(scratch.path(), halves(), run), Error);
    CHECK(fs::file_size(scratch / "cmc/samples.npz") == 14);
}
