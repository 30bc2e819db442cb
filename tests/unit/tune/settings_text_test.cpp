#include "tune/settings_text.h"

#include "catch.h"

using namespace hlaunch;

TEST_CASE("only the lines concerned change", "[tune]") {
    const std::string before =
        "# mine\n[app]\ncommand = [\"uv\", \"run\"] # keep\n[ run ] # here\nmode = \"cmc\"\nper = \"l3\"\n  instances "
        "= 2\n"
        "num_workers=3\n[other]\nper = 1\n";
    CHECK(
        with_tuned(before, {"numa", {}, "found\n\nthus"}) ==
        "# mine\n[app]\ncommand = [\"uv\", \"run\"] # keep\n# hlaunch tune: begin\n# found\n#\n# thus\n# hlaunch tune: "
        "end\n[ run ] # here\nper = \"numa\"\nmode = \"cmc\"\n#   instances = 2\nnum_workers=3\n[other]\nper = 1\n");
    const auto once = with_tuned(before, {"numa", 12U, "a"});
    REQUIRE(once);
    CHECK_THAT(*once, contains_text("num_workers = 12\n"));
    CHECK_THAT(*once, !contains_text("num_workers=3"));
    // Tuned again: the comment is replaced, not repeated.
    const auto twice = with_tuned(*once, {"l3", 4U, "b"});
    REQUIRE(twice);
    CHECK_THAT(*twice, !contains_text("# a\n"));
    CHECK_THAT(*twice, !contains_text("12"));
    CHECK(with_tuned(*twice, {"l3", 4U, "b"}) == twice);
}

TEST_CASE("a file without [run] gets one", "[tune]") {
    CHECK(with_tuned("", {"l3", {}, "x"}) == "# hlaunch tune: begin\n# x\n# hlaunch tune: end\n[run]\nper = \"l3\"\n");
    CHECK(with_tuned("[app]\ncommand = \"h\"", {"l3", {}, "x"}) ==
          "[app]\ncommand = \"h\"\n\n# hlaunch tune: begin\n# x\n# hlaunch tune: end\n[run]\nper = \"l3\"\n");
}

TEST_CASE("what is not plain is refused", "[tune]") {
    CHECK(!with_tuned("[run]\n[run]\n", {"l3", {}, ""}));
    CHECK(!with_tuned("a = \"\"\"\n[run]\n\"\"\"\n", {"l3", {}, ""}));
    CHECK(!with_tuned("# hlaunch tune: begin\n[run]\n", {"l3", {}, ""}));
    CHECK(tuned_lines({"l3", 4U, ""}) == "[run]\nper = \"l3\"\nnum_workers = 4\n");
}
