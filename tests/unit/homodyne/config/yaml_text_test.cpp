#include "homodyne/config/yaml_text.h"

#include "base/error.h"
#include "catch.h"
#include "homodyne/config/config_checks.h"

using namespace hlaunch;
using homodyne::load_yaml;

TEST_CASE("an alias inside itself, or many that unfold to millions, are refused and not walked for ever") {
    CHECK_THROWS_AS(load_yaml("a: &a [1, *a]"), YAML::Exception);
    CHECK_THROWS_AS(load_yaml("optimization: &o\n  cmc:\n    self: *o\n"), YAML::Exception);
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 10; ++i) {
        const auto last = "*a" + std::to_string(i - 1);
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
        for (int k = 0; k < 10; ++k) bomb += (k ? ", " : "") + last;
        bomb += "]\n";
    }
    CHECK_THROWS_WITH(load_yaml(bomb), contains_text("more than a million"));
    CHECK_THROWS_AS(load_yaml(std::string(100000, '[')), YAML::Exception);
    CHECK(load_yaml("a: &a {x: 1}\nb: *a\n")["b"]["x"].as<int>() == 1);
}

TEST_CASE("a config that is none is told in one line") {
    CHECK_NOTHROW(homodyne::check_is_config("optimization: {}\n", "c.yaml"));
    // An open quote at the end is read all the same by yaml-cpp; the survey, by PyYAML, refuses it.
    for (const char* text : {"", "just text", "- a\n- b\n", "a: [1,\n", "a: &a [*a]", "\xff\xfe"}) {
        INFO(text);
        std::string said;
        try {
            homodyne::check_is_config(text, "c.yaml");
        } catch (const Error& error) {
            said = error.what();
            CHECK(error.code() == ExitCode::usage);
        }
        CHECK_THAT(said, contains_text("config c.yaml"));
        CHECK(said.find('\n') == std::string::npos);
    }
}
