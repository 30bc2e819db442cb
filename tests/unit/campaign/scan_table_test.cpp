#include "campaign/scan_table.h"

#include <random>

#include "base/error.h"
#include "catch.h"

using namespace hlaunch;

namespace {

std::string why(const std::string& text) {
    try {
        static_cast<void>(scans_from_csv(text, "t.csv"));
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

}  // namespace

TEST_CASE("a table of scans", "[campaign]") {
    const auto scans = scans_from_csv(
        "\xef\xbb\xbfname,data,q,temperature_K\r\n"
        "one,a.h5,0.0054, 293\r\n"
        "\r\n"
        "two,\"b, \"\"c\"\".h5\",,\"300\n(set)\"\r\n",
        "t.csv");
    REQUIRE(scans.size() == 2);
    CHECK(scans[0].name == "one");
    CHECK(scans[0].q_per_angstrom == 0.0054);
    CHECK(scans[0].labels == std::vector<std::pair<std::string, std::string>>{{"temperature_K", "293"}});
    CHECK(scans[1].data == "b, \"c\".h5");
    CHECK(!scans[1].q_per_angstrom);
    CHECK(scans[1].labels[0].second == "300\n(set)");
    CHECK(scans[1].where == "t.csv, line 4");
}

TEST_CASE("a table that is none says where", "[campaign]") {
    CHECK(why("").find("is empty") != std::string::npos);
    CHECK(why("file,q\na,1\n").find("no column 'data'; it names file, q") != std::string::npos);
    CHECK(why("data,q\na\n").find("t.csv, line 2: 1 cells, but the header has 2") != std::string::npos);
    CHECK(why("data,q\na,high\n").find("line 2: q is 'high'") != std::string::npos);
    CHECK(why("data,q\na,0.1x\n").find("line 2: q is '0.1x'") != std::string::npos);
    CHECK(why("data\n\"a\n").find("a quote that does not close") != std::string::npos);
    CHECK(why("data\n\"a\"b\n").find("line 2: text after a closing quote") != std::string::npos);
    CHECK(why("data,data\na,b\n").find("two columns are called 'data'") != std::string::npos);
    CHECK(why("data,\na,b\n").find("a column has no name") != std::string::npos);
    CHECK(why("data,q\n,1\n").find("line 2: the column data is empty") != std::string::npos);
    CHECK(why(std::string("data\na\0b\n", 9)).find("NUL") != std::string::npos);
}

TEST_CASE("a table of more columns than anybody reads is refused at once", "[campaign]") {
    std::string csv = "data", toml;
    for (int i = 0; i < 1100; ++i) {
        csv += ",l" + std::to_string(i);
        toml += "[[scan]]\ndata = 'a'\nl" + std::to_string(i) + " = 1\n";
    }
    CHECK(why(csv + "\n") == "t.csv: the first line names 1101 columns; at most 1000 make a table that can be read");
    CHECK_THROWS_AS(scans_from_toml(toml, "t.toml"), Error);
}

TEST_CASE("a list of files", "[campaign]") {
    const auto scans = scans_from_list("# night 3\na.h5\r\n\n  \nb c.h5", "list.txt");
    REQUIRE(scans.size() == 2);
    CHECK(scans[0].data == "a.h5");
    CHECK(scans[1].data == "b c.h5");
    CHECK(scans[1].where == "list.txt, line 5");
}

TEST_CASE("any text is a table or a refusal", "[campaign][property]") {
    const auto seed = 1U;  // the same cases each time
    INFO("seed " << seed);
    std::mt19937 random(seed);
    for (int round = 0; round < 3000; ++round) {
        std::string text = round % 2 == 0 ? "data,q,T\n" : "";
        for (auto length = random() % 60; length > 0; --length) text += "a,\"\n\r0.1 \0x"[random() % 11];
        try {
            for (const auto& scan : scans_from_csv(text, "t.csv")) CHECK(!scan.data.empty());
        } catch (const Error& error) {
            CHECK(error.code() == ExitCode::usage);
        }
    }
}

TEST_CASE("the same as TOML", "[campaign]") {
    const auto scans = scans_from_toml(
        "[[scan]]\ndata = \"a.h5\"\nq = 0.0054\nT_K = 293\nnote = \"\xc3\xa4\"\n[[scan]]\ndata = \"b.h5\"\nq = 1\n",
        "t.toml");
    REQUIRE(scans.size() == 2);
    CHECK(scans[0].q_per_angstrom == 0.0054);
    CHECK(scans[0].labels == std::vector<std::pair<std::string, std::string>>{{"T_K", "293"}, {"note", "\xc3\xa4"}});
    CHECK(scans[1].q_per_angstrom == 1.0);
    CHECK(scans[1].where == "t.toml, line 6");
    for (const char* text :
         {"", "[[scan]]\n", "[[scan]]\ndata = \"\"\n", "[[scan]]\ndata = \"a\"\nq = \"x\"\n", "scan = [1]\n",
          "[[scan]]\ndata = [\"a\"]\n", "[scan]\ndata = \"a\"\n", "[[scan]]\ndata = \"a\"\n[other]\n", "[[scan"})
        CHECK_THROWS_AS(scans_from_toml(text, "t.toml"), Error);
}
