#include "base/text/toml_text.h"

#include "base/error.h"
#include "catch.h"

using namespace hlaunch;

TEST_CASE("a key that would nest beyond the stack is refused, with its line") {
    std::string deep = "a";
    for (int i = 0; i < 200'000; ++i) deep += ".a";
    for (const auto& text : {"x = 1\n" + deep + " = 1\n", "\n[" + deep + "]\n", "\nx = { " + deep + " = 1 }\n"})
        CHECK_THROWS_WITH(parse_toml(text, "f.toml"), "f.toml is not TOML at line 2: a key of 1000 parts");
    std::string list = "files = [";
    for (int i = 0; i < 2000; ++i) list += "\"scan.hdf\",";
    CHECK(parse_toml(list + "]\n", "f.toml")["files"].as_array()->size() == 2000);
    CHECK(parse_toml("a.b.c = \"...\"\n", "f.toml")["a"]["b"]["c"].value<std::string>() == "...");
}
