// Every test of the specification's required modules, from its own files, unmodified.
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "base/text/svg_block.h"
#include "catch.h"
#include "script/mustache.h"

using namespace hlaunch;

namespace {

// How many each file holds: none may get lost.
const std::map<std::string, std::size_t> counts{{"comments", 12}, {"delimiters", 14}, {"interpolation", 42},
                                                {"inverted", 22}, {"partials", 12},   {"sections", 34}};

}  // namespace

TEST_CASE("the Mustache specification") {
    std::size_t all = 0;
    for (const auto& [file, count] : counts) {
        std::ifstream in(HLAUNCH_TEST_DATA "/mustache-spec/" + file + ".json");
        const auto spec = nlohmann::json::parse(in);
        REQUIRE(spec.at("tests").size() == count);
        for (const auto& test : spec.at("tests")) {
            const auto partials = test.value("partials", nlohmann::json::object());
            const MustacheRules rules{.escape = svg_escaped,  // XML's, which is HTML's
                                      .partial = [&](const std::string& name) -> std::optional<std::string> {
                                          if (!partials.contains(name)) return std::nullopt;
                                          return partials[name].get<std::string>();
                                      },
                                      .strict = false};
            const Mustache parsed(test.at("template"), test.at("name"));
            INFO(file << ": " << test.at("name").get<std::string>() << ": " << test.at("desc").get<std::string>());
            CHECK(parsed.render(test.at("data"), rules) == test.at("expected").get<std::string>());
            ++all;
        }
    }
    CHECK(all == 136);
}
