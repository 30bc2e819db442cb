#include "campaign/scan.h"

#include <set>

#include "base/error.h"
#include "catch.h"

using namespace hlaunch;

namespace {

ScanEntry entry(const std::string& data) {
    return {data, {}, {}, {}, {}, {}};
}

std::string why(const std::vector<ScanEntry>& entries, const std::vector<std::string>& configs,
                const std::vector<double>& qs) {
    try {
        static_cast<void>(combine_scans(entries, configs, qs));
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

}  // namespace

TEST_CASE("data times configs times q, each with a name of its own", "[campaign]") {
    const auto scans =
        combine_scans({entry("/d/a.h5"), entry("/d/b.h5")}, {"/c/x.yaml", "/c/y.yaml"}, {0.0054, 0.0066});
    REQUIRE(scans.size() == 8);
    CHECK(scans[0].data == "/d/a.h5");
    CHECK(scans[1].q_per_angstrom == 0.0066);
    CHECK(scans[2].config == "/c/y.yaml");
    std::set<std::string> names;
    for (const auto& scan : scans) names.insert(scan.name);
    CHECK(names.size() == 8);
    CHECK(scans[0].name.starts_with("a_q0.0054_"));
}

TEST_CASE("a name stays when scans are added, before it or behind", "[campaign]") {
    const auto alone = combine_scans({entry("/d/b.h5")}, {"/c"}, {0.005});
    const auto among = combine_scans({entry("/d/a.h5"), entry("/d/b.h5"), entry("/e/b.h5")}, {"/c"}, {0.005, 0.006});
    REQUIRE(among.size() == 6);
    CHECK(among[2].name == alone[0].name);
    CHECK(among[4].name != alone[0].name);
}

TEST_CASE("patterns that overlap name a scan once", "[campaign]") {
    CHECK(combine_scans({entry("/d/a.h5"), entry("/d/a.h5")}, {"/c"}, {}).size() == 1);
}

TEST_CASE("what a table says of a scan comes before the command line", "[campaign]") {
    ScanEntry row{"/d/a.h5", 0.007, "/own.yaml", "warm-up", {{"T_K", "293"}}, "t.csv, line 2"};
    const auto scans = combine_scans({row}, {"/c"}, {0.005, 0.006});
    REQUIRE(scans.size() == 1);
    CHECK(scans[0].q_per_angstrom == 0.007);
    CHECK(scans[0].config == "/own.yaml");
    CHECK(scans[0].name == "warm-up");
    CHECK(scans[0].labels.front().second == "293");
}

TEST_CASE("names are fit for folders whatever the file is called", "[campaign]") {
    const auto scans = combine_scans({entry("/d/a b;$(rm)\n.h5"), entry("/d/.h5"), entry("/d/-x"),
                                      entry("/d/" + std::string(300, 'y') + ".h5"), entry("/d/\xc3\xa4.h5")},
                                     {"/c"}, {});
    for (const auto& scan : scans) {
        INFO(scan.name);
        CHECK(scan.name.size() < 100);
        CHECK(scan.name.front() != '.');
        CHECK(scan.name.front() != '-');
        CHECK(scan.name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+") ==
              std::string::npos);
    }
}

TEST_CASE("no scan is lost to another whose made name would be the same", "[campaign]") {
    std::vector<ScanEntry> entries;
    for (int i = 0; i < 20'000; ++i) entries.push_back(entry("/d/" + std::to_string(i) + "/data.h5"));
    const auto scans = combine_scans(entries, {"/c"}, {});
    CHECK(scans.size() == entries.size());
    std::set<std::string> names;
    for (const auto& scan : scans) names.insert(scan.name);
    CHECK(names.size() == entries.size());
}

TEST_CASE("the same twice is one scan, but not with other labels", "[campaign]") {
    CHECK(combine_scans({entry("/d/a.h5"), entry("/d/a.h5")}, {"/c"}, {}).size() == 1);
    ScanEntry cold{"/d/a.h5", 0.1, {}, {}, {{"temperature", "20"}}, "t.csv, line 2"}, warm = cold;
    CHECK(combine_scans({cold, warm}, {"/c"}, {}).size() == 1);
    warm.labels.front().second = "30";
    warm.where = "t.csv, line 3";
    CHECK(why({cold, warm}, {"/c"}, {}).find("t.csv, line 3: the same data") != std::string::npos);
    cold.labels = {{"seconds", "20"}};
    CHECK(why({cold}, {"/c"}, {}).find("a column 'seconds' is in the results already") != std::string::npos);
}

TEST_CASE("what cannot be combined is refused with its place", "[campaign]") {
    ScanEntry bad{"/d/a.h5", {}, {}, "a/b", {}, "t.csv, line 3"};
    CHECK(why({bad}, {"/c"}, {}).find("t.csv, line 3: the name 'a/b'") != std::string::npos);
    bad.name = "../up";
    CHECK(!why({bad}, {"/c"}, {}).empty());
    bad.name = "same";
    CHECK(why({bad}, {"/c"}, {0.1, 0.2}).find("'same' stands for two scans") != std::string::npos);
    CHECK(why({entry("/d/a.h5")}, {}, {}).find("no config") != std::string::npos);
    CHECK(why({entry("/d/a.h5")}, {"/c"}, {0.0}).find("--q: q is 0") != std::string::npos);
    bad.q_per_angstrom = -1.0;
    CHECK(why({bad}, {"/c"}, {}).find("line 3: q is -1") != std::string::npos);
}
