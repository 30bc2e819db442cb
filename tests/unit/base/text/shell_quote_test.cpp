#include "base/text/shell_quote.h"

#include "catch.h"

using hlaunch::shell_quote;

TEST_CASE("plain words stay, all others are one quoted word") {
    CHECK(shell_quote("a/b-c_1.yaml") == "a/b-c_1.yaml");
    CHECK(shell_quote("") == "''");
    CHECK(shell_quote("a b") == "'a b'");
    CHECK(shell_quote("it's $(x)`y`\n") == "'it'\\''s $(x)`y`\n'");
    CHECK(shell_quote("~root") == "'~root'");
}
