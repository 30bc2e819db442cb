#include "base/text/secret_words.h"

#include "base/error.h"
#include "catch.h"

using namespace hlaunch;

TEST_CASE("a word that must stand in no file is taken from the environment") {
    const VariableOf value_of = [](std::string_view name) -> std::optional<std::string> {
        if (name == "PIN") return "12{34}";
        if (name == "EMPTY") return "";
        return std::nullopt;
    };
    const auto filled =
        fill_secrets({"cmd", "--pin={secret:PIN}", "{secret:PIN}{secret:EMPTY}x", "{cpus}", "{secret:PIN"}, value_of);
    CHECK(filled == std::vector<std::string>{"cmd", "--pin=12{34}", "12{34}x", "{cpus}", "{secret:PIN"});
    CHECK_THROWS_WITH(fill_secrets({"{secret:OTHER}"}, value_of), contains_text("the variable OTHER is not set"));
    CHECK_THROWS_AS(fill_secrets({"{secret:}"}, value_of), Error);
    CHECK(fill_secrets({}, value_of).empty());
}
