#include "campaign/results_table.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "catch.h"

using namespace hlaunch;

namespace {

std::vector<ScanRow> three_rows() {
    std::vector<ScanRow> rows(3);
    rows[0].scan = {"/d/a.h5", 0.0054, "/c.yaml", "a", {{"T_K", "293"}}};
    rows[0].status = "done";
    rows[0].q_per_angstrom = 0.0054;
    rows[0].angles = 8;
    rows[0].nlsq =
        Fit{{{"D0", 28000.5, 400.25}, {"alpha", -0.45, std::numeric_limits<double>::quiet_NaN()}}, 1.21, {}, {}};
    rows[0].seconds = 1.5;
    rows[0].cpu_seconds = 1.25;
    rows[1].scan = {"/d/b,\"x\".h5", {}, "/c.yaml", "b", {}};
    rows[1].status = "bad-input";
    rows[1].outcome = "unreadable";
    rows[1].why = "it is empty, \"really\"";
    rows[2].scan = {"/d/c.h5", 0.0066, "/c.yaml", "c", {{"pressure", "2"}}};
    rows[2].status = "failed";
    rows[2].outcome = "crashed";
    return rows;
}

}  // namespace

TEST_CASE("a row a scan, failures included", "[campaign]") {
    CHECK(
        results_csv(three_rows()) ==
        "name,status,class,q_per_angstrom,angles,T_K,pressure,D0,D0_sd,alpha,alpha_sd,reduced_chi_squared,worst_r_hat,"
        "smallest_ess,accepted,seconds,cpu_seconds,data,config,application_version,host,ended,key,data_hash,config_"
        "hash,why\n"
        "a,done,,0.0054,8,293,,28000.5,400.25,-0.45,,1.21,,,,1.500,1.250,/d/a.h5,/c.yaml,,,,,,,\n"
        "b,bad-input,unreadable,,,,,,,,,,,,,,,\"/d/b,\"\"x\"\".h5\",/c.yaml,,,,,,,\"it is empty, \"\"really\"\"\"\n"
        "c,failed,crashed,0.0066,,,2,,,,,,,,,0.000,0.000,/d/c.h5,/c.yaml,,,,,,,\n");
}

TEST_CASE("no cell is a formula for a spreadsheet; numbers stay numbers", "[campaign]") {
    auto rows = three_rows();
    rows.resize(1);
    rows[0].scan.name = "=1+1";
    rows[0].scan.labels = {{"=HYPERLINK(1)", "=cmd|' /C calc'!A0"},
                           {"a", "-1.5"},
                           {"b", "+1e3"},
                           {"c", "@SUM(A1)"},
                           {"d", "-x"},
                           {"e", "\t=1"},
                           {"f", "1=1"},
                           {"g", "-inf"}};
    const auto csv = results_csv(rows);
    CHECK(csv.find(",'=HYPERLINK(1),a,b,c,d,e,f,g,") != std::string::npos);
    CHECK(csv.find("\n'=1+1,done,") != std::string::npos);
    CHECK(csv.find(",'=cmd|' /C calc'!A0,-1.5,+1e3,'@SUM(A1),'-x,'\t=1,1=1,'-inf,") != std::string::npos);
}

TEST_CASE("with CMC both methods have their columns", "[campaign]") {
    auto rows = three_rows();
    rows[0].cmc = Fit{{{"D0", 27000.0, 500.0}}, {}, 1.01, 400.0};
    const auto csv = results_csv(rows);
    CHECK(csv.find(",D0,D0_sd,nlsq_D0,nlsq_D0_sd,nlsq_alpha,nlsq_alpha_sd,") != std::string::npos);
    CHECK(csv.find(",27000,500,28000.5,400.25,-0.45,,1.21,1.01,400,,") != std::string::npos);
}

TEST_CASE("the same as JSON, with the weighted means", "[campaign]") {
    const auto json = results_json(three_rows());
    CHECK(json["format"] == "hlaunch-campaign");
    CHECK(json["done"] == 1);
    CHECK(json["failed"] == 1);
    CHECK(json["bad_input"] == 1);
    REQUIRE(json["scans"].size() == 3);
    CHECK(json["scans"][0]["nlsq"]["parameters"]["D0"]["sd"] == 400.25);
    CHECK(json["scans"][0]["nlsq"]["parameters"]["alpha"]["sd"].is_null());
    CHECK(json["scans"][0]["labels"]["T_K"] == "293");
    CHECK(json["scans"][1]["failure"]["class"] == "unreadable");
    CHECK(json["weighted_means"].size() == 1);
    CHECK(json["weighted_means"][0]["weights"] == "1/sd^2");
}

TEST_CASE("for people: counts, reasons, means", "[campaign]") {
    const auto text = results_text(three_rows());
    CHECK(text.find("3 scans: 1 done, 1 failed, 1 bad-input\n") == 0);
    CHECK(text.find("  b  unreadable: it is empty") != std::string::npos);
    CHECK(text.find("D0") != std::string::npos);
}

TEST_CASE("what was let pass stands in every form of the table", "[campaign]") {
    auto rows = three_rows();
    rows[0].nlsq->accepted = {"nlsq"};
    rows[0].cmc = Fit{{{"D0", 27000.0, 500.0}}, {}, 1.2, 40.0, {"ess", "r-hat"}};
    CHECK(results_csv(rows).find(",1.21,1.2,40,nlsq ess r-hat,1.500,") != std::string::npos);
    const auto json = results_json(rows);
    CHECK(json["scans"][0]["nlsq"]["accepted"] == nlohmann::json{"nlsq"});
    CHECK(json["scans"][0]["cmc"]["accepted"] == nlohmann::json{"ess", "r-hat"});
    CHECK(results_text(rows).find("  a  did not pass: nlsq, ess, r-hat failed and were let pass (--accept)\n") !=
          std::string::npos);
}

TEST_CASE("an exact posterior has its quantiles, both sd and a verdict beside the fit", "[campaign]") {
    auto rows = three_rows();
    Posterior posterior;
    posterior.verdict = "certified";
    posterior.certified_by = "importance";
    posterior.pairs = "twice";
    posterior.key = "k";
    posterior.k_hat = 0.25;
    posterior.effective_draws = 2100.5;
    posterior.q05 = {27000, -0.5};
    posterior.median = {28100, -0.45};
    posterior.q95 = {29000, -0.4};
    posterior.sd_once = {565, std::numeric_limits<double>::quiet_NaN()};
    posterior.sd_twice = {400, 0.03};
    posterior.correlations = {{1.0, -0.9}, {-0.9, 1.0}};
    rows[0].exact = Fit{{{"D0", 28050, 400}, {"alpha", -0.451, 0.03}}, {}, {}, {}, {}, posterior};
    Posterior refused;
    refused.verdict = "refused";
    refused.certified_by = "none";
    rows[2].exact = Fit{{}, {}, {}, {}, {}, refused};
    const auto csv = results_csv(rows);
    CHECK(csv.find(",D0,D0_sd,D0_q05,D0_median,D0_q95,D0_sd_pairs_once,D0_sd_pairs_twice,alpha,alpha_sd,alpha_q05,"
                   "alpha_median,alpha_q95,alpha_sd_pairs_once,alpha_sd_pairs_twice,nlsq_D0,nlsq_D0_sd,nlsq_alpha,"
                   "nlsq_alpha_sd,verdict,certified_by,k_hat,effective_draws,pairs,posterior_key,reduced_chi") !=
          std::string::npos);
    CHECK(csv.find(",28050,400,27000,28100,29000,565,400,-0.451,0.03,-0.5,-0.45,-0.4,,0.03,28000.5,400.25,-0.45,,"
                   "certified,importance,0.25,2100.5,twice,k,1.21,") != std::string::npos);
    CHECK(csv.find(",refused,none,0,0,,,") != std::string::npos);
    const auto heads = csv.substr(0, csv.find('\n'));
    CHECK(std::count(heads.begin(), heads.end(), ',') == 45);
    const auto json = results_json(rows).at("scans");
    const auto& exact = json[0].at("exact");
    CHECK(exact.at("parameters").at("alpha").at("sd_pairs_once").is_null());
    CHECK(exact.at("parameters").at("D0").at("median") == 28100.0);
    CHECK(exact.at("correlations").at("parameters") == nlohmann::json{"D0", "alpha"});
    CHECK(exact.at("correlations").at("matrix")[0][1] == -0.9);
    CHECK(exact.at("r_hat").is_null());
    CHECK(json[1].at("exact").is_null());
    CHECK(json[2].at("exact").at("verdict") == "refused");
    CHECK(json[2].at("exact").at("parameters").empty());
    CHECK(rows[0].best()->parameters[0].value == 28050.0);
}
