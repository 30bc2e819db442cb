#include "homodyne/app/facts.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "catch.h"

using namespace hlaunch;

TEST_CASE("the survey's refusal is the user's line") {
    try {
        static_cast<void>(homodyne::facts_from_json({{"error", "data file x is not there"}}, "c.yaml"));
        FAIL("accepted");
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::usage);
        CHECK(std::string(error.what()) == "c.yaml: data file x is not there");
    }
}

TEST_CASE("an unknown version is known to be unknown, a truncated survey is no survey") {
    const nlohmann::json unknown{
        {"homodyne", "9.9"}, {"known", false}, {"yaml_method", "cmc"}, {"data_files", nlohmann::json::array()}};
    CHECK_FALSE(homodyne::facts_from_json(unknown, "c.yaml").known);
    auto cut = unknown;
    cut["known"] = true;
    CHECK_THROWS_AS(homodyne::facts_from_json(cut, "c.yaml"), Error);
    CHECK_THROWS_AS(homodyne::facts_from_json(nlohmann::json::object(), "c.yaml"), Error);
}

TEST_CASE("what is told of the YAML, and which key decides, are read; an older survey has neither") {
    nlohmann::json json{
        {"homodyne", "9.9"}, {"known", false}, {"yaml_method", "cmc"}, {"data_files", nlohmann::json::array()}};
    CHECK(homodyne::facts_from_json(json, "c.yaml").config_notes.empty());
    json["config_notes"] = {
        {{"kind", "key"}, {"key", "beamline"}, {"line", 7U}, {"text", "is read nowhere"}, {"remedy", "take it out"}},
        {{"kind", "key"}, {"key", "a.b"}, {"line", 0U}, {"text", "t"}, {"remedy", "r"}}};
    const auto notes = homodyne::facts_from_json(json, "c.yaml").config_notes;
    REQUIRE(notes.size() == 2);
    CHECK(notes[0].str() == "line 7: beamline: is read nowhere; take it out");
    CHECK(notes[1].str() == "a.b: t; r");
    json["config_notes"][0]["line"] = "seven";
    CHECK_THROWS_AS(homodyne::facts_from_json(json, "c.yaml"), Error);
}
