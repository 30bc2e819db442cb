// Real outputs of homodyne (tests/data/fixtures) through the merge, and back into homodyne's
// formats.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "catch.h"
#include "homodyne/results/outputs.h"
#include "homodyne/results/outputs_merge.h"
#include "support/temporary_folder.h"

using namespace hlaunch;
namespace fs = std::filesystem;

namespace {

const fs::path fixtures = fs::path(HLAUNCH_TEST_DATA) / "fixtures";

std::vector<OutputFolder> folders(std::initializer_list<const char*> names) {
    std::vector<OutputFolder> result;
    for (const char* name : names) result.push_back(load_output_folder(fixtures / name));
    return result;
}

std::vector<ParameterSpace> configs(std::initializer_list<const char*> names) {
    std::vector<ParameterSpace> result;
    for (const char* name : names)
        result.push_back(read_parameter_space(fixtures / "configs" / (std::string(name) + ".yaml")));
    return result;
}

MergeReport halves() {
    return merge_disjoint(folders({"A_l", "B_l"}), configs({"A_l", "B_l"}), PriorTreatment::tempered, {});
}

Verdict verdict(const MergeReport& report, const std::string& name) {
    for (const Check& check : report.checks)
        if (check.name == name) return check.verdict;
    FAIL("no check " << name);
    return Verdict::pass;
}

}  // namespace

TEST_CASE("disjoint halves of a real scan give the posterior of the whole scan") {
    const MergeReport report = halves();
    CHECK(report.passed());
    CHECK(report.parametrisation == "eta");
    const OutputFolder whole = load_output_folder(fixtures / "full_l");
    const Draws reference = select_columns(whole.columns, model_parameters(whole.columns), "full_l");
    const Comparison off = compare(reference, report.draws, "merged");
    REQUIRE(off.rows.size() == 5);
    for (const Comparison::Row& row : off.rows) {
        INFO(row.name);
        CHECK(std::abs(row.shift_sd) < 0.15);
        CHECK(row.sd_ratio > 0.93);
        CHECK(row.sd_ratio < 1.07);
    }
    // Of the diffusion's ridge; contrast's and offset's weak correlations with it carry full_l's
    // own Monte Carlo error (its two chains differ by up to .15 there).
    const std::vector<std::string> ridge{"D0", "D_offset", "alpha"};
    const Comparison of_ridge = compare(select_columns(reference, ridge, ""), report.draws, "merged");
    CHECK(of_ridge.largest_correlation_difference < 0.03);
    CHECK(off.largest_correlation_difference < 0.1);
}

TEST_CASE("real shards of one run give the posterior of the unsharded run") {
    std::vector<ShardFile> shards;
    for (const char* name : {"000/shards/00000.npz", "000/shards/00001.npz", "001/shards/00002.npz"})
        shards.push_back(load_shard_file(fixtures / "run3" / "parts" / name));
    ShardMergeRequest request;
    request.config = read_parameter_space(fixtures / "configs" / "full_l.yaml");
    const MergeReport report = merge_shards(shards, request);
    CHECK(report.passed());
    CHECK(report.parametrisation == "eta");
    const OutputFolder whole = load_output_folder(fixtures / "full_l");
    const Draws reference = select_columns(whole.columns, {"D0", "D_offset", "alpha"}, "full_l");
    const Comparison off = compare(reference, report.draws, "merged");
    CHECK(off.largest_shift_sd < 0.2);
    CHECK(off.largest_correlation_difference < 0.03);
    for (const Comparison::Row& row : off.rows) CHECK(row.sd_ratio == Approx(1.0).margin(0.1));
}

TEST_CASE("disjoint: unusable or misleading inputs are refused") {
    const auto one = configs({"A_l"});
    const auto refused = [&](std::initializer_list<const char*> names, std::span<const ParameterSpace> with,
                             const char* because) {
        try {
            (void)merge_disjoint(folders(names), with, PriorTreatment::tempered, {});
        } catch (const Error& error) {
            INFO(error.what());
            CHECK(std::string(error.what()).find(because) != std::string::npos);
            return true;
        }
        return false;
    };
    CHECK(refused({"A_l"}, one, "two output folders"));
    CHECK(refused({"A_l", "B_l"}, {}, "--config"));
    CHECK(refused({"A_l", "full_l"}, one, "share the data"));
    CHECK(refused({"A_l", "B_l"}, configs({"A_l", "full_l"}), "no common prior"));

    // homodyne's own combination of shards, and its lost priors.
    const MergeReport own =
        merge_disjoint(folders({"s3_np", "B_l"}), configs({"s3_np", "s3_np"}), PriorTreatment::full, {});
    CHECK_FALSE(own.passed());
    CHECK(verdict(own, "own-combination") == Verdict::fail);
    CHECK(verdict(own, "priors") == Verdict::fail);

    // The run that diverged and still exited 0.
    const MergeReport diverged =
        merge_disjoint(folders({"out_cmc_default_diverged", "B_l"}), one, PriorTreatment::full, {});
    CHECK_FALSE(diverged.passed());
    CHECK(verdict(diverged, "degenerate") == Verdict::fail);
    CHECK(verdict(diverged, "divergences") == Verdict::fail);
    CHECK(diverged.draws.values.rows() == 0);
}

TEST_CASE("replicas: two seeds that have not converged fail, the same seed twice is found") {
    const MergeReport seeds = merge_replica_folders(folders({"A_seed7", "A_seed42"}), {});
    CHECK(verdict(seeds, "r-hat") == Verdict::fail);
    CHECK(verdict(seeds, "duplicates") == Verdict::pass);
    CHECK(verdict(merge_replica_folders(folders({"A_l", "A_l"}), {}), "duplicates") == Verdict::fail);
    CHECK(verdict(merge_replica_folders(folders({"out_cmc_default_diverged"}), {}), "degenerate") == Verdict::fail);
    CHECK_THROWS_AS(merge_replica_folders(folders({"A_l", "full_l"}), {}), Error);  // other data
}

TEST_CASE("outputs: what was let pass stands in every file, and in what is made of them") {
    auto report = halves();
    const auto plain = merged_files(report, {});
    for (const auto& file : plain)
        if (file.name.ends_with(".json") && file.name != "merge.json")
            CHECK_FALSE(nlohmann::json::parse(file.bytes).contains("accepted"));
    for (auto& check : report.checks)
        if (check.name == "ess") check = {"ess", 40.0, 100.0, Verdict::accepted, "smallest ESS; draw more"};
    report.accepted = {"ess", "nlsq"};
    const TemporaryFolder temporary;
    const auto folder = temporary.path();
    for (const auto& file : merged_files(report, {})) {
        fs::create_directories((folder / file.name).parent_path());
        std::ofstream(folder / file.name, std::ios::binary) << file.bytes;
        if (!file.name.ends_with(".json") || file.name == "merge.json") continue;
        INFO(file.name);
        const auto json = nlohmann::json::parse(file.bytes);
        CHECK(json["accepted"][0] ==
              nlohmann::json{{"check", "ess"}, {"value", 40.0}, {"limit", 100.0}, {"text", "smallest ESS; draw more"}});
        CHECK(json["accepted"][1] == nlohmann::json{{"check", "nlsq"}});
    }
    const auto again = load_output_folder(folder);
    CHECK(again.accepted == report.accepted);
    const auto pooled = merge_replica_folders(std::vector<OutputFolder>{again, again}, {});
    CHECK(std::ranges::any_of(pooled.warnings, [](const auto& warning) {
        return warning.find("ess, nlsq failed in its own merge and were let pass") != std::string::npos;
    }));
}

TEST_CASE("outputs: what a merge leaves, samples.npz last, and a refused merge no draws") {
    const MergeReport report = halves();
    std::vector<std::string> names;
    for (const auto& file : merged_files(report, {"static", 500, "2026-01-01T00:00:00"})) names.push_back(file.name);
    CHECK(names ==
          std::vector<std::string>{"merge.json", "cmc/parameters.json", "cmc/diagnostics.json", "cmc/samples.npz"});

    const auto json = nlohmann::json::parse(merge_json(report));
    CHECK(json["kind"] == "disjoint");
    CHECK(json["parametrisation"] == "eta");
    CHECK(json["candidates"].size() == 2);
    CHECK(json["correlations"][0][2].get<double>() > 0.85);

    MergeReport failed = report;
    failed.checks.front().verdict = Verdict::fail;
    const auto files = merged_files(failed, {"static", 500, "2026-01-01T00:00:00"});
    REQUIRE(files.size() == 1);
    CHECK(files.front().name == "merge.json");
    CHECK(nlohmann::json::parse(files.front().bytes)["passed"] == false);
}

TEST_CASE("outputs: which answer it is, its certificate, and the factor of pairs counted twice") {
    MergeReport report;
    report.method = "consensus";
    report.table.push_back({.name = "D0", .mean = 1.0, .sd = 0.1});
    report.correlation = Eigen::MatrixXd::Identity(1, 1);
    auto json = nlohmann::json::parse(merge_json(report));
    CHECK(json["answer"] == "uncertified consensus");
    CHECK_FALSE(json.contains("certificate"));
    CHECK(json["pairs"]["sd_factor_of_once"].get<double>() == Approx(std::sqrt(2.0)));
    report.certificate.emplace();
    report.certificate->verdict = CertificateRecord::Verdict::certified;
    report.certificate->of = "consensus";
    report.certificate->changes.push_back({.name = "D0", .shift_sd = -0.2, .sd_ratio = 0.9});
    json = nlohmann::json::parse(merge_json(report));
    CHECK(json["answer"] == "certified consensus");
    CHECK(json["certificate"]["verdict"] == "certified");
    CHECK(json["certificate"]["parameters"][0]["shift_sd"] == -0.2);
    CHECK(json["certificate"]["k_hat"].is_null());  // of no draws
    report.certificate->draws = 1000;
    report.certificate->k_hat = 0.3;
    CHECK(nlohmann::json::parse(merge_json(report))["certificate"]["k_hat"] == 0.3);
    report.certificate->verdict = CertificateRecord::Verdict::refused;
    report.certificate->k_hat = std::numeric_limits<double>::infinity();
    report.exact.emplace();
    json = nlohmann::json::parse(merge_json(report));
    CHECK(json["answer"] == "exact");
    CHECK(json["certificate"]["verdict"] == "refused");
    CHECK(json["certificate"]["k_hat"].is_null());
    CHECK_FALSE(json.contains("pairs"));
}
