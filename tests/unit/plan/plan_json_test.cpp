#include "plan/plan.h"

#include <nlohmann/json.hpp>
#include <random>

#include "base/error.h"
#include "base/json_whole.h"
#include "catch.h"

using namespace hlaunch;
using nlohmann::json;

namespace {

class RandomPlan {
  public:
    explicit RandomPlan(unsigned seed) : random_(seed) {}

    Plan make() {
        Plan plan;
        plan.machine = {number(4), number(8),       number(99),          number(200), ids(), ids(),
                        bytes(),   0.5 * number(9), number(2) * bytes(), {},          {}};
        const auto placements = 1 + number(4);
        for (unsigned i = 0; i < placements; ++i)
            plan.placements.push_back(
                {i, ids(), ids(), static_cast<MemPolicy>(number(5)), number(64), bytes(), numbers(), numbers()});
        const bool whole = number(2) == 1;
        if (whole) plan.whole_machine = plan.placements.front();
        plan.reserved_cpus = ids();
        for (unsigned i = 0; i < number(5); ++i)
            plan.parts.push_back({i, text(), numbers(), 0.1 * number(1000), bytes(), number(9)});
        for (unsigned s = 0; s < number(4); ++s) {
            Stage stage{text(), {}};
            for (unsigned i = 0; i < number(4); ++i)
                stage.instances.push_back({number(5),
                                           number(placements),
                                           whole && number(2) == 1,
                                           texts(),
                                           {{text(), text()}, {text(), text()}},
                                           texts(),
                                           text()});
            plan.stages.push_back(stage);
        }
        plan.reasons = texts();
        plan.warnings = texts();
        return plan;
    }

  private:
    unsigned number(unsigned below) { return static_cast<unsigned>(random_() % below); }
    std::uint64_t bytes() { return (std::uint64_t{random_()} << 20U) + random_(); }
    std::vector<unsigned> numbers() {
        std::vector<unsigned> out(number(5));
        for (auto& n : out) n = number(100);
        return out;
    }
    IdSet ids() {
        IdSet out;
        for (unsigned i = 0; i < number(9); ++i) out.insert(number(3000));
        return out;
    }
    std::string text() {
        static const std::vector<std::string> words{"",          "homodyne", "a b",   "it's",   "\"q\"", "back\\slash",
                                                    "new\nline", "grüße",    "$HOME", "{index}"};
        return words[number(static_cast<unsigned>(words.size()))];
    }
    std::vector<std::string> texts() {
        std::vector<std::string> out(number(4));
        for (auto& t : out) t = text();
        return out;
    }
    std::mt19937 random_;
};

}  // namespace

TEST_CASE("a plan comes back from its JSON unchanged") {
    const auto seed = 1U;  // the same cases each time
    INFO("seed " << seed);
    RandomPlan plans(seed);
    for (int round = 0; round < 200; ++round) {
        const auto before = to_json(plans.make());
        const auto after = to_json(plan_from_json(json::parse(before.dump())));
        REQUIRE(before == after);
    }
}

TEST_CASE("what is no plan is refused with what is wrong") {
    RandomPlan plans(7);
    const auto good = to_json(plans.make());
    CHECK_NOTHROW(plan_from_json(good));
    for (const char* text : {"null", "[]", "3", "{}", R"({"format": "other"})", R"({"format": 3})"})
        CHECK_THROWS_AS(plan_from_json(json::parse(text)), Error);
    for (const auto& [key, value] : good.items()) {
        INFO(key);
        auto without = good;
        without.erase(key);
        if (key != "whole_machine") CHECK_THROWS_AS(plan_from_json(without), Error);  // it is optional
        auto wrong = good;
        wrong[key] = 1.5;
        CHECK_THROWS_AS(plan_from_json(wrong), Error);
    }
    auto newer = good;
    newer["version"] = 2;
    std::string said;
    try {
        (void)plan_from_json(newer);
    } catch (const Error& error) {
        said = error.what();
    }
    CHECK(said.find("version 2") != std::string::npos);
}

TEST_CASE("numbers that are no whole ones are refused, not cast") {
    unsigned out = 7;
    take_whole(nlohmann::json(12.0), out);
    CHECK(out == 12);
    take_whole(nlohmann::json(4294967295U), out);
    CHECK(out == 4294967295U);
    for (const auto& bad : {nlohmann::json(-1), nlohmann::json(1.5), nlohmann::json(1e300), nlohmann::json(4294967296U),
                            nlohmann::json("1"), nlohmann::json(true), nlohmann::json()})
        CHECK_THROWS_AS(take_whole(bad, out), Error);
}

TEST_CASE("an instance on a placement that is not there is refused") {
    Plan plan;
    plan.stages.push_back({"cmc", {{0, 3, false, {"true"}, {}, {}, "."}}});
    CHECK_THROWS_AS(plan_from_json(to_json(plan)), Error);
}
