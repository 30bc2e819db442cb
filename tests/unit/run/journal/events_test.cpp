#include "run/journal/events.h"

#include <nlohmann/json.hpp>
#include <set>

#include "catch.h"

using namespace hlaunch;
using nlohmann::json;

namespace {

// One of each kind as they are in journals, old and new, and which it is.
const std::vector<std::pair<const char*, std::size_t>> lines{
    {R"({"event":"run","host":"n1","identity":{"config":"c0ffee","the number of shards":8},"key":"k","pid":42})", 3},
    {R"({"argv":["./app","{index}"],"event":"command","keyed":true,"keys":["k0","k1"]})", 4},
    {R"({"event":"queue","keyed":true,"tasks":100000})", 5},
    {R"({"event":"campaign","host":"n1","scans":3})", 6},
    {R"({"event":"folder","of":"campaign"})", 7},
    {R"({"event":"scan","key":"k","name":"a","part":0})", 8},
    {R"({"event":"scan","key":"k","name":"a","part":2,"posterior_key":"p"})", 8},
    {R"({"event":"unfit","part":0,"stage":"fit","why":"diverged"})", 9},
    {R"({"event":"refused"})", 10},
    {R"({"event":"start","part":0,"stage":"cmc","time":"2026-03-01T12:34:56.789Z"})", 1},
    {R"({"attempt":1,"event":"start","part":0,"receipt":4503599627370496,"stage":"nlsq","time":"t","up":0.125})", 1},
    {R"({"event":"start","key":"00000000000000ff","receipt":7,"task":1})", 1},
    {R"({"attempt":2,"cost":1e6,"cpu_seconds":2.5,"event":"end","outcome":"done","part":3,"peak_resident_bytes":1024,)"
     R"("proof":["threads: 3 runnable"],"receipt":8,"seconds":3.5,"shared_memory_removed":0,"stage":"cmc",)"
     R"("status":"exit code 0"})",
     2},
    {R"({"again":true,"event":"end","failure":"no such file","outcome":"start-failed","part":0,"stage":"cmc"})", 2},
    {R"({"cpu_seconds":0.5,"entered_by":"reaper","event":"end","key":"ff","outcome":"stopped","receipt":7,)"
     R"("status":"signal 9","task":1})",
     2},
    {R"({"event":"end","kept":true,"outcome":"done","part":1,"stage":"command","status":"exit code 0"})", 2},
    {R"({"event":"fitted","hash":"h","stage":"nlsq"})", 11},
    {R"({"event":"checked","hash":"h","seconds":1.5,"stage":"nlsq"})", 12},
    {R"({"event":"checked","hash":"h","part":0,"stage":"fit"})", 12},
    {R"({"event":"evaluated","hash":"h","plots":false})", 13},
    {R"({"event":"merged","passed":false})", 14},
    {R"({"event":"memory","forecast_bytes":2,"formula_bytes":3,"part":0,"peak_bytes":1,"stage":"nlsq"})", 15},
    {R"({"bytes":5,"event":"staged","file":"/d/a.h5","least_share":0.5,"mems":["0","1"]})", 16},
    {R"({"bytes":5,"event":"staged","file":"/d/a.h5","mems":[]})", 16},
    {R"({"config_hash":"c","event":"prepared","min_shards":4,"shard_key":"s"})", 17},
    {R"({"event":"worker","host":"n2","job":"slurm-7","of":"posterior","pid":9,"rank":0,"ranks":4})", 18},
    {R"({"event":"worker","host":"n2","pid":9,"rank":1})", 18},
    {R"({"event":"worked"})", 19},
    {R"({"event":"worked","rounds":0})", 19},
    {R"({"event":"sampling"})", 20},
    {R"({"config_hash":"c","event":"sampled","nlsq_result":"","seconds":9.5,"wish":"400 once yaml","workers":4})", 21},
    {R"({"event":"interrupted","signal":15})", 22},
    {R"({"event":"failed","up":1.5,"why":"the disk is full"})", 23},
    {R"({"event":"of a later version","list":[1,null],"time":"t"})", 0}};

const events::End& end_of(const Event& event) {
    REQUIRE(event.as<events::End>() != nullptr);
    return *event.as<events::End>();
}

}  // namespace

TEST_CASE("every kind is read as what it is, and written as it was, field by field", "[events]") {
    std::set<std::size_t> seen;
    for (const auto& [line, kind] : lines) {
        INFO(line);
        const auto event = parse_event(json::parse(line));
        CHECK(event.what.index() == kind);
        CHECK(to_json(event).dump() == json::parse(line).dump());
        seen.insert(kind);
    }
    CHECK(seen.size() == std::variant_size_v<events::Any>);
}

TEST_CASE("a field that is missing or of another type reads as empty", "[events]") {
    for (const auto& [line, kind] : lines) {
        const auto whole = json::parse(line);
        if (kind == 0) continue;
        for (const auto& [name, value] : whole.items()) {
            if (name == "event") continue;
            for (const auto& other : {json(), json::array({1, json::object()}), json(-3), json(1e300), json("\xff")}) {
                auto changed = whole;
                changed[name] = other;
                CHECK(parse_event(changed).what.index() == kind);
            }
            auto less = whole;
            less.erase(name);
            CHECK(parse_event(less).what.index() == kind);
        }
    }
    const auto empty = parse_event(json::parse(R"({"event":"end"})"));
    CHECK_FALSE(end_of(empty).part);
    CHECK_FALSE(end_of(empty).outcome);
    const auto strange = parse_event(json::parse(
        R"({"event":"end","part":-4,"task":1.5,"seconds":"long","outcome":"?","status":[],"again":1,"up":"x"})"));
    CHECK_FALSE(end_of(strange).part);
    CHECK_FALSE(end_of(strange).task);
    CHECK_FALSE(end_of(strange).seconds);
    CHECK_FALSE(end_of(strange).outcome);
    CHECK(end_of(strange).status.empty());
    CHECK_FALSE(end_of(strange).again);
    CHECK_FALSE(strange.up);
    CHECK(end_of(parse_event({{"event", "end"}, {"part", 1ULL << 40U}})).part == 1U << 24U);
    CHECK(end_of(parse_event({{"event", "end"}, {"proof", {"a", 7}}})).proof == std::vector<std::string>{"a"});
    // Of keys each has its place.
    const auto command = parse_event({{"event", "command"}, {"keys", {"a", 7, "c"}}});
    CHECK(command.as<events::Command>()->keys == std::vector<std::string>{"a", "", "c"});
    CHECK_FALSE(command.as<events::Command>()->keyed);
}

TEST_CASE("what is no event of ours is kept as it is", "[events]") {
    for (const auto& any : {json::array(), json("x"), json{{"event", 3}}, json{{"event", "journal"}, {"version", 1}}}) {
        const auto event = parse_event(any);
        REQUIRE(event.as<events::Unknown>() != nullptr);
        CHECK(*event.as<events::Unknown>()->json == any);
    }
    CHECK(to_json(Event{}) == json::object());
    auto deep = json::array();
    for (int i = 0; i < 100000; ++i) deep = json::array({std::move(deep)});
    json event{{"event", "run"}};
    event["identity"] = std::move(deep);
    CHECK(parse_event(std::move(event)).as<events::Run>()->identity->is_array());
}

TEST_CASE("an event that is not another has none of its fields", "[events]") {
    const Event event(events::Failed{"why"});
    CHECK(event.as<events::Failed>()->why == "why");
    CHECK(event.as<events::End>() == nullptr);
    CHECK(to_json(events::End{.stage = "cmc", .part = 0, .seconds = 0.0}).dump() ==
          R"({"event":"end","part":0,"seconds":0.0,"stage":"cmc"})");
}
