#include "homodyne/config/yaml_edit.h"

#include "catch.h"

using namespace hlaunch;
using homodyne::edit_yaml;

namespace {

const std::string text =
    "# head\n"
    "optimization:   # the fit\n"
    "  method: \"cmc\"\n"
    "  cmc:\n"
    "    per_angle_mode: 'individual'   # ours\n"
    "    chain_method:\n"
    "      sequential # below its key\n"
    "    shards: {num: 4, kind: random}\n"
    "\n"
    "    # tail\n"
    "  nlsq:\n"
    "    memory_fraction: 0.95\n";

std::string edited(const std::string& before, std::vector<std::string> path, std::string value) {
    return edit_yaml(before, {std::move(path), std::move(value)}).value_or("refused");
}

std::string with(std::string before, const std::string& old, const std::string& now) {
    return before.replace(before.find(old), old.size(), now);
}

}  // namespace

TEST_CASE("a text that yaml-cpp would make documents of without end is refused") {
    CHECK(edited("&a:\n  b: 1\n, c: 2\n", {"a", "b"}, "2") == "refused");
    CHECK(edited("&a:\n  b: 1\n, c: 2\n", {"c"}, "3") == "refused");
}

TEST_CASE("a scalar is replaced where it stands") {
    CHECK(edited(text, {"optimization", "cmc", "per_angle_mode"}, "auto") == with(text, "'individual'", "auto"));
    CHECK(edited(text, {"optimization", "cmc", "chain_method"}, "parallel") == with(text, "sequential", "parallel"));
    CHECK(edited(text, {"optimization", "cmc", "shards", "num"}, "8") == with(text, "num: 4", "num: 8"));
    CHECK(edited(text, {"optimization", "nlsq", "memory_fraction"}, "0.75") == with(text, "0.95", "0.75"));
    CHECK(edited("a: 1\r\nb: 2\r\n", {"a"}, "3") == "a: 3\r\nb: 2\r\n");
    CHECK(edited("\xef\xbb\xbf"
                 "a: 1\n",
                 {"a"}, "3") ==
          "\xef\xbb\xbf"
          "a: 3\n");
    CHECK(edited("\xc3\xa9t\xc3\xa9: 1\n\xc3\xa9: {u: \xc3\xa9, a: 1}\n", {"\xc3\xa9", "a"}, "3") ==
          "\xc3\xa9t\xc3\xa9: 1\n\xc3\xa9: {u: \xc3\xa9, a: 3}\n");
    CHECK(edited("a: 1", {"a"}, "3") == "a: 3");  // no newline at the end
}

TEST_CASE("a missing key goes into its block mapping") {
    CHECK(edited(text, {"optimization", "cmc", "num"}, "2") ==
          with(text, "    per_angle_mode", "    num: 2\n    per_angle_mode"));
}

TEST_CASE("what cannot be done in place is refused") {
    for (const auto& [before, path] : std::vector<std::pair<std::string, std::vector<std::string>>>{
             {text, {"optimization", "cmc", "shards", "new"}},  // flow style
             {text, {"optimization", "cmc"}},                   // no scalar
             {text, {"missing", "key"}},                        // no such mapping
             {"a: &x 1\nb: *x\n", {"a"}},                       // an alias elsewhere
             {"a: |\n  two\n  lines\n", {"a"}},                 // a block scalar
             {"a: two\n  lines\n", {"a"}},                      // folded
             {"a: 1\n---\na: 2\n", {"a"}},                      // two documents
             {"x: &m {a: 1}\ny: *m\n", {"y", "a"}},             // the other name would change too
             {"a: 1\n", {}}})
        CHECK_FALSE(edit_yaml(before, {path, "3"}));
}

TEST_CASE("a key that stands twice is not edited: readers differ in which one counts") {
    const ConfigEdit edit{.path = {"a", "b"}, .value = "7"};
    CHECK(homodyne::edit_yaml("a:\n  b: 1\nc: 2\n", edit) == "a:\n  b: 7\nc: 2\n");
    CHECK_FALSE(homodyne::edit_yaml("a:\n  b: 1\na:\n  b: 2\n", edit));
    CHECK_FALSE(homodyne::edit_yaml("a:\n  b: 1\n  b: 2\n", edit));
}
