#include "homodyne/facts.h"

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
