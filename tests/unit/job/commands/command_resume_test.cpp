#include "job/commands/command_resume.h"

#include <nlohmann/json.hpp>

#include "catch.h"
#include "run/journal/history.h"

using namespace hlaunch;

namespace {

Stage stage_of(std::vector<std::vector<std::string>> copies) {
    Stage out{"command", {}};
    for (auto& argv : copies) {
        Instance instance;
        instance.part = static_cast<unsigned>(out.instances.size());
        instance.argv = std::move(argv);
        instance.cwd = "/here";
        out.instances.push_back(std::move(instance));
    }
    return out;
}

nlohmann::json ended(unsigned part, const char* outcome) {
    return {{"event", "end"}, {"stage", "command"}, {"part", part}, {"outcome", outcome}, {"seconds", part + 0.5}};
}

}  // namespace

TEST_CASE("a copy's key changes with its words, its folder and its environment") {
    const auto before = command_keys(stage_of({{"a", "0"}, {"a", "1"}}), "");
    CHECK(before == command_keys(stage_of({{"a", "0"}, {"a", "1"}}), ""));
    CHECK(before[0] != before[1]);
    CHECK(before[0] != command_keys(stage_of({{"a 0"}}), "")[0]);
    CHECK(before[0] != command_keys(stage_of({{"a", "0"}}), "/proc/self/stat")[0]);
    auto other = stage_of({{"a", "0"}});
    other.instances[0].cwd = "/there";
    CHECK(before[0] != command_keys(other, "")[0]);
    other = stage_of({{"a", "0"}});
    other.instances[0].env = {{"HLAUNCH_CPUS", "0-3"}};
    CHECK(before[0] != command_keys(other, "")[0]);
}

TEST_CASE("only ends that were done count, under the keys of their own start") {
    const auto keys = command_keys(stage_of({{"a"}, {"b"}, {"c"}}), "");
    const auto others = command_keys(stage_of({{"x"}}), "");
    const std::vector<nlohmann::json> events{{{"event", "command"}, {"keys", keys}},
                                             ended(0, "done"),
                                             ended(1, "crashed"),
                                             ended(7, "done"),
                                             {{"event", "command"}, {"keys", others}},
                                             ended(0, "done"),
                                             {{"event", "command"}, {"keys", "?"}},
                                             ended(0, "done"),
                                             {{"event", "end"}, {"stage", 2}},
                                             {{"event", 3}},
                                             {{"event", "command"}, {"keys", {1}}},
                                             ended(7, "crashed")};
    RunHistory history;
    for (const auto& event : events) history.take(parse_event(event));
    const auto& done = history.commands_done;
    CHECK(done.size() == 2);
    CHECK(done.contains(keys[0]));
    CHECK(done.contains(others[0]));
    CHECK_FALSE(done.contains(keys[1]));
}
